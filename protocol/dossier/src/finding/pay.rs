//! Grade, step, coefficient and frame allowance against the scales of Nghị định 204/2004.

use jiff::civil::Date;

use super::{Bench, FindingKind, Scope};
use crate::catalog::Scale;

pub(super) fn judge(bench: &mut Bench<'_>) {
    let mut before: Option<Pay<'_>> = None;
    for scope in bench.scopes("salary") {
        let Some(pay) = row(bench, scope) else { continue };
        if let Scope::Row(..) = scope {
            step_order(bench, scope, before, pay);
            before = Some(pay);
        }
    }
}

/// What a readable pay row says.
#[derive(Clone, Copy)]
struct Pay<'a> {
    grade: &'a str,
    scale: &'a Scale,
    step: i64,
}

fn row<'a>(bench: &mut Bench<'a>, scope: Scope<'_>) -> Option<Pay<'a>> {
    let grade = bench.entry(scope, "salary.grade_code", "grade")?.code.as_str();
    let day = bench.day(scope, "salary.from");
    valid_grade(bench, scope, grade, day);
    let scale = bench.catalogs.scale_of(grade, day)?;
    let step = bench.number(scope, "salary.step")?;
    let Some(right) = scale.coefficient(step) else {
        let message = format!(
            "Bậc {step} không có: thang {} của ngạch {grade} có {} bậc. Hãy xem lại quyết định.",
            scale.id,
            scale.last_step()
        );
        bench.report(scope, "salary.step", FindingKind::StepOutOfRange, message);
        return None;
    };
    if let Some(coefficient) = bench.number(scope, "salary.coefficient")
        && coefficient != right
    {
        let message = format!(
            "Hệ số {} không đúng: ngạch {grade} bậc {step} là {}. Hãy xem lại quyết định.",
            decimal(coefficient),
            decimal(right)
        );
        bench.report(scope, "salary.coefficient", FindingKind::CoefficientMismatch, message);
    }
    let framed = bench.number(scope, "salary.frame_percent").is_some_and(|percent| percent > 0);
    if framed && step != scale.last_step() {
        let message = format!(
            "Phụ cấp vượt khung chỉ có ở bậc cuối (bậc {}), đây là bậc {step}. Hãy bỏ phụ cấp hoặc sửa bậc.",
            scale.last_step()
        );
        bench.report(scope, "salary.frame_percent", FindingKind::FrameNotAllowed, message);
    }
    Some(Pay { grade, scale, step })
}

fn valid_grade(bench: &mut Bench<'_>, scope: Scope<'_>, grade: &str, day: Option<Date>) {
    let (Some(grades), Some(day)) = (bench.catalogs.get("grade"), day) else { return };
    if grades.get_on(grade, day).is_none() {
        let message = format!(
            "Mã ngạch {grade} không có hiệu lực vào ngày {}. Hãy dùng mã của thời điểm đó.",
            day.strftime("%d/%m/%Y")
        );
        bench.report(scope, "salary.grade_code", FindingKind::GradeNotValidOnDate, message);
    }
}

/// Within one grade and scale the step never falls from one row to the next.
fn step_order(bench: &mut Bench<'_>, scope: Scope<'_>, before: Option<Pay<'_>>, pay: Pay<'_>) {
    let falls = before.is_some_and(|before| {
        before.grade == pay.grade && before.scale.id == pay.scale.id && pay.step < before.step
    });
    if falls {
        let message = format!(
            "Bậc {} thấp hơn dòng trước trong cùng ngạch {}. Hãy xem lại quyết định nâng lương.",
            pay.step, pay.grade
        );
        bench.report(scope, "salary.step", FindingKind::StepOrder, message);
    }
}

/// Hundredths as people write them: 234 is `2,34`.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let number = hundredths.unsigned_abs();
    format!("{sign}{},{:02}", number / 100, number % 100)
}
