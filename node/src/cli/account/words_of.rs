//! Examples of the verbs of `hoso account`.

pub(super) const DELEGATE: &str = "\
Ví dụ:
  hoso account delegate --document \"12/UQ-UBND|5/1/2026\"
  hoso account delegate --document \"40/UQ-UBND|1/7/2026\" --withdraw

Chưa có ủy quyền thì không cấp được tài khoản nào (Điều 7).";

pub(super) const ISSUE: &str = "\
Ví dụ:
  hoso account issue --unit d150 --rights read,enter,approve,print
  hoso account issue --unit d150.van-phong --rights read \\
      --agreement \"15/TT-SNV|5/1/2026|Hà Văn Tú;Lò Thị Hoa|d150.van-phong\"

Quyền: read (xem), enter (nhập, cập nhật), approve (duyệt), export (trích xuất), administer (quản trị,
chỉ Sở Nội vụ). Đơn vị trực thuộc phải có văn bản thống nhất: \"số|ngày ký|những người ký|các đơn vị\".";

pub(super) const RESTRICT: &str = "\
Ví dụ:
  hoso account restrict --unit d150 --rights read --reason \"đang kiểm tra\"

Ghi những quyền còn lại. Phiên đang mở của đơn vị kết thúc ngay.";

pub(super) const WIDEN: &str = "\
Ví dụ:
  hoso account widen --unit d150 --rights read,enter,approve,print,export

Ghi tất cả các quyền sau khi mở rộng.";

pub(super) const REVOKE: &str = "\
Ví dụ:
  hoso account revoke --unit d150 --reason \"giải thể\"";

pub(super) const ASSIGN: &str = "\
Ví dụ:
  hoso account assign --unit d150 --login tu.hv --name \"Hà Văn Tú\" --role clerk \\
      --decision \"07/QĐ-UBND|UBND huyện Đà Bắc|5/1/2026\" --from 6/1/2026 --to 1/1/2028

Mã kích hoạt hiện một lần, có hiệu lực 72 giờ, dùng một lần. Ngày --to không còn được dùng.";

pub(super) const END: &str = "\
Ví dụ:
  hoso account end --unit d150 --login tu.hv --reason \"nghỉ hưu\"";

pub(super) const REISSUE: &str = "\
Ví dụ:
  hoso account reissue --unit d150 --login tu.hv \\
      --report-to-head \"03/BC|5/1/2026\" --report-to-province \"04/BC-UBND|6/1/2026\"

Thiếu một trong hai báo cáo thì không cấp lại (Điều 16.6). Mật khẩu cũ hết hiệu lực ngay.
Máy không có mạng: hoso account export --to TỆP, mang đến, hoso account deliver TỆP.";

pub(super) const EXPORT: &str = "\
Ví dụ:
  hoso account export --to tai-khoan.json
  hoso account export --to tai-khoan.json --after 120";

pub(super) const DELIVER: &str = "\
Ví dụ:
  hoso account deliver tai-khoan.json

Chỉ nhận bản ghi do Sở Nội vụ ký.";

pub(super) const LIST: &str = "\
Ví dụ:
  hoso account list
  hoso account list --json";

pub(super) const SHOW: &str = "\
Ví dụ:
  hoso account show --unit d150";

pub(super) const ACTIVATE: &str = "\
Ví dụ:
  hoso account activate --login tu.hv
  hoso account activate --login tu.hv --code-file ma.txt --password-file mk.txt

Mật khẩu: từ 12 ký tự, hoặc cụm từ 4 từ trở lên; không chứa tên đăng nhập, không phải mã được cấp,
không trùng 5 mật khẩu gần nhất. Cấp hai và cấp ba được cấp thêm mã hai lớp cho điện thoại.";

pub(super) const LOGIN: &str = "\
Ví dụ:
  hoso account login --login tu.hv
  hoso account login --login tu.hv --purpose can-bo
  hoso account login --login tu.hv --password-file mk.txt --second-file so.txt

Phiên hết hạn sau 15 phút không dùng, hoặc 10 giờ. Mỗi người chỉ có một phiên.";

pub(super) const LOGOUT: &str = "\
Ví dụ:
  hoso account logout";

pub(super) const PASSWORD: &str = "\
Ví dụ:
  hoso account password
  hoso account password --old-file cu.txt --new-file moi.txt

Quên mật khẩu thì không tự đặt lại được: báo cáo để được cấp lại (Điều 16.6).";

pub(super) const WHOAMI: &str = "\
Ví dụ:
  hoso account whoami --json";

pub(super) const SECOND: &str = "\
Ví dụ:
  hoso account second
  hoso account second --password-file mat-khau.txt

Cấp một đăng nhập không cần mã hai lớp, nhưng xuất hồ sơ, xuất nhật ký ra ngoài thì cần. Từ khi có mã,
lần đăng nhập nào cũng hỏi.";

pub(super) const ACKNOWLEDGE: &str = "\
Ví dụ:
  hoso account acknowledge                   Đọc các điều phải giữ
  hoso account acknowledge --agree           Đã đọc và xác nhận cho năm nay

Chưa xác nhận thì chưa làm việc được với hồ sơ, trừ khi cấu hình accounts.acknowledge = \"off\". Sở Nội vụ
thấy ai đã xác nhận bằng «hoso account show».";
