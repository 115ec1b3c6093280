//! Examples of `hoso dossier status`.

pub(super) const SET: &str = "\
Ví dụ:
  hoso dossier status set 0f3a9c retired --effective 1/9/2026 --reason \"đủ tuổi\" --role approver \\
      --person \"Lò Thị Mơ\" --decision \"45/QĐ-UBND|UBND huyện Đà Bắc|15/8/2026\"

Trạng thái: working, probation, seconded, long_leave, suspended; đóng hồ sơ: retired, resigned,
dismissed, deceased, contract_ended, streamlined. Hồ sơ đã đóng ở lại đơn vị, chỉ đính chính có lý do;
ghi working khi người đó được tuyển dụng lại.";

pub(super) const HISTORY: &str = "\
Ví dụ:
  hoso dossier status history 0f3a9c
  hoso dossier status history 0f3a9c --json";

pub(super) const REMOVE: &str = "\
Chỉ ở cấp ba, hai người khác nhau.

Ví dụ:
  hoso dossier status remove 0f3a9c --reason \"lập trùng\" --role administrator \\
      --person \"Lò Thị Mơ\" --decision \"3/QĐ-SNV|Sở Nội vụ|1/8/2026\"
  hoso dossier status remove 0f3a9c --confirm --role administrator \\
      --person \"Bùi Văn Hoà\" --decision \"3/QĐ-SNV|Sở Nội vụ|1/8/2026\"

Không xóa gì: hồ sơ được cất đi, mọi bản ghi vẫn còn, và khôi phục được.";

pub(super) const RESTORE: &str = "\
Chỉ ở cấp ba.

Ví dụ:
  hoso dossier status restore 0f3a9c --reason \"không trùng\" --role administrator \\
      --person \"Lò Thị Mơ\" --decision \"4/QĐ-SNV|Sở Nội vụ|5/8/2026\"";
