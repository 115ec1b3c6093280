//! Examples of the verbs of `hoso grant`.

pub(super) const DELEGATE: &str = "\
Ví dụ:
  hoso grant delegate --to-unit d150.phong-noi-vu --document \"20/QĐ-UBND|UBND huyện Đà Bắc|2/3/2026\" \\
      --from 3/3/2026 --until 31/12/2026 --purpose \"nhập hồ sơ của huyện\"

Chỉ cơ quan cấp hai ủy quyền, cho đơn vị trực thuộc, trên hồ sơ cơ quan tự quản lý; không ủy quyền lại.
Dữ liệu nhập theo ủy quyền chờ cơ quan kiểm duyệt.";

pub(super) const CORRECTION: &str = "\
Ví dụ:
  hoso grant correction --dossier 0f3a9c --document \"08/L-SNV|Sở Nội vụ|2/3/2026\" \\
      --from 3/3/2026 --until 10/3/2026 --purpose \"sai ngày sinh so với giấy khai sinh\"

Lệnh chưa có hiệu lực cho đến khi người thứ hai, bằng tài khoản khác, ký: hoso grant confirm.";

pub(super) const COPIES: &str = "\
Ví dụ:
  hoso grant copies --to-unit d150 --document \"09/GP-SNV|Sở Nội vụ|2/3/2026\" \\
      --from 3/3/2026 --until 10/3/2026 --purpose \"bàn giao khi sáp nhập\"

Không có giấy này thì một người in hoặc kết xuất tối đa 10 hồ sơ trong một giờ, cả ở Sở Nội vụ. Giấy
dài nhất 31 ngày, chưa có hiệu lực cho đến khi người thứ hai ký: hoso grant confirm.";

pub(super) const CONFIRM: &str = "\
Ví dụ:
  hoso grant confirm --grant 3fa2b1c0";

pub(super) const NARROW: &str = "\
Ví dụ:
  hoso grant narrow --grant 3fa2b1c0 --until 10/3/2026 --document \"15/GP-UBND|UBND huyện|5/3/2026\"
  hoso grant narrow --grant 3fa2b1c0 --section identity --document \"15/GP-UBND|UBND huyện|5/3/2026\"

Chỉ thu hẹp được. Hai nơi cùng thu hẹp thì còn lại phần chung.";

pub(super) const END: &str = "\
Ví dụ:
  hoso grant end --grant 3fa2b1c0 --reason \"đã xong việc\"";

pub(super) const LIST: &str = "\
Ví dụ:
  hoso grant list
  hoso grant list --json";

pub(super) const WHO: &str = "\
Ví dụ:
  hoso grant who 0f3a9c

Kể từng người, từng đơn vị, với căn cứ: phân công, cơ quan cấp trên, văn bản cho phép, đoàn kiểm tra.";

pub(super) const WHAT: &str = "\
Ví dụ:
  hoso grant what --login hoa.lt";

pub(super) const ALERTS: &str = "\
Ví dụ:
  hoso grant alerts

Một người mở quá 60 hồ sơ trong một giờ thì máy ghi cảnh báo và báo lên cấp trên.";

pub(super) const CARRY: &str = "\
Ví dụ:
  hoso grant carry --out /media/usb/quyen.json
  hoso grant carry --take /media/usb/quyen.json

Tệp gồm ủy quyền, văn bản cho phép, đoàn kiểm tra, kết luận và cảnh báo đã ký mà máy này giữ. Máy nhận
kiểm tra từng chữ ký như khi nhận qua mạng.";
