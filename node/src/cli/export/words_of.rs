//! Examples of the verbs of `hoso export`.

pub(super) const PACKAGE: &str = "\
Ví dụ:
  hoso export package 0f3a9c --to phutho/snv --contact \"0210 3846 000\" --person \"Hà Văn Tú\" \\
      --decision \"45/QĐ-UBND|UBND tỉnh Hòa Bình|2/3/2026\"
  hoso export package 0f3a9c --out ho-so.goi --purpose can-bo --person \"Hà Văn Tú\"
  hoso export package 0f3a9c --kind party --name \"Ban Tổ chức Tỉnh ủy\" --contact \"…\" --decision …

Cơ quan có thẩm quyền tuyển dụng cho hồ sơ đi (Điều 10.3); Sở Nội vụ ghi gói khi biên bản có hiệu lực.
Từ lúc ấy đơn vị cũ không đọc, không ghi; hồ sơ «đang chuyển» cho đến khi có giấy nhận. Gói niêm phong
cho tỉnh nhận và đơn vị nhận; ai cũng kiểm tra được bằng «hoso verify», không cần mở.";

pub(super) const SCHEMA: &str = "\
Ví dụ:
  hoso export schema";

pub(super) const ANSWER: &str = "\
Ví dụ:
  hoso export answer giay-nhan.json --person \"Hà Văn Tú\"

Chỉ ở cấp ba, và tỉnh kia phải là tỉnh đã tin.";

pub(super) const PAPER: &str = "\
Ví dụ:
  hoso export paper 0f3a9c --number 12/GBN --second \"Bùi Thị Hòa\" --person \"Hà Văn Tú\"";
