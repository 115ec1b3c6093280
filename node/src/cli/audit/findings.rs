//! What is wrong with a package, in plain Vietnamese.

use dossier::NodeId;
use protocol::{
    audit::inspection::{Departure, Finding},
    member::MemberList,
};

/// A departure as a sentence.
pub(super) fn departed(departure: &Departure, members: &MemberList) -> String {
    let of = |node: &NodeId| named(node, members);
    let Departure { node, incarnation, agreed, witnessed, holder, .. } = departure;
    let what = match incarnation {
        Some(_) => "đã được đóng",
        None => "không còn trong gói",
    };
    format!(
        "Kho của {} đã lùi về bản cũ (khôi phục từ bản sao lưu): một nhật ký {what}; {} giữ dấu \
         đến mục {witnessed}, các mục sau mục {agreed} không còn.",
        of(node),
        of(holder)
    )
}

fn named(node: &NodeId, members: &MemberList) -> String {
    match members.get(node) {
        Some(member) => format!("máy của {}", member.unit),
        None => format!("máy {node}"),
    }
}

/// A finding as a sentence; nodes are named by their units where the member list knows them.
pub fn sentence(finding: &Finding, members: &MemberList) -> String {
    let of = |node: &NodeId| named(node, members);
    match finding {
        Finding::Altered { node, sequence } => {
            format!("Nhật ký {}: mục {sequence} đã bị SỬA.", of(node))
        }
        Finding::Missing { node, from, to } if from == to => {
            format!("Nhật ký {}: THIẾU mục {from}.", of(node))
        }
        Finding::Missing { node, from, to } => {
            format!("Nhật ký {}: THIẾU các mục từ {from} đến {to}.", of(node))
        }
        Finding::Surplus { node, from, to } => {
            format!("Nhật ký {}: THỪA các mục từ {from} đến {to}.", of(node))
        }
        Finding::Repeated { node, sequence } => {
            format!("Nhật ký {}: mục {sequence} bị LẶP.", of(node))
        }
        Finding::OutOfOrder { node, sequence, after } => {
            format!("Nhật ký {}: mục {sequence} bị TRÁO, đứng sau mục {after}.", of(node))
        }
        Finding::Rewritten { node, after, to } => format!(
            "Nhật ký {}: các mục từ {} đến {to} đã bị VIẾT LẠI, không khớp chữ ký của máy.",
            of(node),
            after + 1
        ),
        Finding::Uncovered { node, after, to } => format!(
            "Nhật ký {}: các mục từ {} đến {to} không có chữ ký của máy.",
            of(node),
            after + 1
        ),
        Finding::Replaced { node, size, holder } => format!(
            "Nhật ký {} đã bị THAY: {} giữ dấu của một nhật ký khác với {size} mục.",
            of(node),
            of(holder)
        ),
        Finding::Cut { node, size, witnessed, holder } => format!(
            "Nhật ký {} bị CẮT hoặc bị thay bằng bản cũ: gói có {size} mục, {} giữ dấu của \
             {witnessed} mục.",
            of(node),
            of(holder)
        ),
        Finding::TwoLogs { node, size, shown: [one, other] } => format!(
            "{} đã đưa ra HAI nhật ký khác nhau cùng {size} mục: một cho {}, một cho {}.",
            capital(&of(node)),
            of(one),
            of(other)
        ),
        Finding::CheckpointUnsigned { node, size } => {
            format!("Dấu nhật ký {} ở mục {size} không có chữ ký thật của máy đó.", of(node))
        }
        Finding::CheckpointMisplaced { node, size } => {
            format!("Dấu nhật ký {} ở mục {size} đứng sai chỗ.", of(node))
        }
        Finding::CosignatureFalse { node, size, by } => format!(
            "Dấu nhật ký {} ở mục {size}: chữ ký làm chứng của {} là giả.",
            of(node),
            of(by)
        ),
        Finding::Unreadable { node, sequence } => {
            format!("Nhật ký {}: mục {sequence} không mở được bằng khóa của gói.", of(node))
        }
        Finding::TimeBack { node, sequence } => format!(
            "Nhật ký {}: ở mục {sequence} thời gian chạy lùi mà không ghi việc lùi đồng hồ.",
            of(node)
        ),
        Finding::Package { what, line } => package(what, *line),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn package(what: &str, line: u64) -> String {
    let said = match what {
        "empty" => "tệp trống",
        "version" => "gói thuộc phiên bản khác",
        "head" | "line" | "line-too-long" | "order" => "không đọc được, không phải gói kiểm tra",
        "cut" => "tệp bị CẮT, thiếu phần cuối",
        "behind-the-end" => "có dữ liệu thêm sau dòng cuối",
        "digest" => "nội dung tệp đã bị SỬA sau khi xuất: mã kiểm tra không khớp",
        "signature" | "end-spelling" => "chữ ký của cả gói không đúng",
        "root" => "chứng thư gốc không phải của tỉnh, hoặc bị sửa",
        "charter" => "giấy ủy nhiệm khóa sổ thành viên không đúng",
        "member" => "sổ thành viên bị SỬA hoặc thiếu mục",
        "not-a-member" => "máy xuất gói không có trong sổ thành viên",
        "certificate" => "chứng thư của máy xuất gói không đúng",
        "checkpoint" | "too-many-checkpoints" => "dấu nhật ký không đọc được",
        "another-node" => "gói chứa nhật ký của máy khác",
        "other-root" => "các gói không cùng một tỉnh",
        "other-members" => "các gói có sổ thành viên mâu thuẫn nhau",
        other => other,
    };
    match line {
        0 => format!("Gói: {said}."),
        line => format!("Gói, dòng {line}: {said}."),
    }
}
