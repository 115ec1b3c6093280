//! Examples of the verbs of `hoso node`.

pub(super) const INVITE: &str = "\
Ví dụ:
  hoso node invite --unit d150 --to phieu-da-bac.json
  hoso node invite --unit sgddt --online";

pub(super) const ANSWER: &str = "\
Ví dụ:
  hoso node answer --request yeu-cau.json --to tra-loi.json

Nhận cả yêu cầu của máy mới (hoso node enrol) và yêu cầu gia hạn (hoso node renew).";

pub(super) const ENROL: &str = "\
Ví dụ:
  hoso node enrol --token MÃ --unit d150 --address snv.hoabinh.gov.vn:7444
  hoso node enrol --delivery phieu.json --request-to yeu-cau.json     Mang tay, lượt đi
  hoso node enrol --answer tra-loi.json                               Mang tay, lượt về

Khóa của máy sinh ra tại máy và không rời máy.";

pub(super) const RENEW: &str = "\
Ví dụ:
  hoso node renew                             Hỏi cấp ba ngay qua mạng
  hoso node renew --request yeu-cau.json      Mang tay, lượt đi
  hoso node renew --answer tra-loi.json       Mang tay, lượt về

Máy có mạng tự gia hạn. Máy vắng lâu hơn hạn của chứng thư tự xin lại ở cấp ba, chậm nhất 60 ngày
sau khi hết hạn; quá hạn đó phải nhận máy lại. «hoso serve» phải đang chạy.";

pub(super) const REVOKE: &str = "\
Ví dụ:
  hoso node revoke --unit d150.05089 --reason \"máy bị mất ngày 3/3/2025\"";

pub(super) const ADDRESS: &str = "\
Ví dụ:
  hoso node address --unit d150 dabac.hoabinh.gov.vn:7443

Máy cấp dưới dùng địa chỉ này trước parent.address trong cấu hình của nó. Cần ghi trước khi chuyển
một đơn vị sang cấp trên khác.";

pub(super) const LIST: &str = "\
Ví dụ:
  hoso node list
  hoso node list --json";
