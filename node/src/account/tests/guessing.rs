//! Guesses, codes and passwords.

use super::*;

fn wrong(id: u64) -> Settled {
    Settled { id, matched: false, spent: false, renewed: None, second: None, code: None }
}

// guessing locks the account.
#[test]
fn ten_thousand_guesses_are_evaluated_twenty_times_an_hour_at_most() {
    let mut house = House::begun();
    let mut evaluated: Vec<i64> = Vec::new();
    // One guess every seven seconds: nineteen hours and a half.
    for _ in 0..10_000 {
        house.now += 7_000;
        match house.knock("tu.hv", Purpose::SignIn) {
            Ok(riddle) => {
                evaluated.push(house.now);
                assert_eq!(refusal(house.settle(wrong(riddle.id))), "sign-in");
            }
            Err(refused) => assert_eq!(refused.code, "account-locked"),
        }
    }
    for (index, at) in evaluated.iter().enumerate() {
        let within = evaluated[index..].iter().filter(|other| **other - at < HOUR).count();
        assert!(within <= 20, "{within} evaluations within an hour");
    }
    assert!(evaluated.len() < 40, "the lock grows: {} evaluations", evaluated.len());
    assert_eq!(house.sign_in(), Err("account-locked".to_owned()), "nor the right one");
    house.now += DAY;
    house.sign_in().expect("the lock ends");
}

#[test]
fn guesses_from_one_source_at_many_accounts_lock_the_source() {
    let mut house = House::begun();
    for number in 0..5 {
        let outcome = house.sign_in_with(&format!("ai-do-{number}"), "mật khẩu đoán", None);
        assert_eq!(refusal(outcome), "sign-in");
    }
    assert_eq!(refusal(house.sign_in_with("ai-do-9", "mật khẩu đoán", None)), "account-locked");
    assert_eq!(house.sign_in(), Err("account-locked".to_owned()));
    house.now += MINUTE;
    house.sign_in().expect("after a minute");
}

#[test]
fn a_login_nobody_has_is_refused_like_one_with_a_wrong_password() {
    let mut known = House::begun();
    let mut unknown = House::begun();
    for guess in 0..7 {
        let wrong = known.sign_in_with("tu.hv", "mật khẩu đoán", None);
        let nobody = unknown.sign_in_with("khong-ai", "mật khẩu đoán", None);
        let (wrong, nobody) = (refusal(wrong), refusal(nobody));
        assert_eq!(wrong, nobody, "guess {guess}");
    }
    // The riddle costs the same: it is evaluated whether or not it has an answer.
    let price = |login: &str| {
        let riddle = House::begun().knock(login, Purpose::SignIn).expect("a riddle");
        format!("{:?}", riddle.present)
    };
    assert_eq!(price("khong-ai"), price("tu.hv"));
}

#[test]
fn locks_outlive_the_program_and_sessions_do_not() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    for _ in 0..5 {
        let _ = house.sign_in_with("tu.hv", "mật khẩu đoán", None);
    }
    house.porter = Porter::new(cheap());
    assert_eq!(house.sign_in(), Err("account-locked".to_owned()));
    assert_eq!(house.list(Some(token)), "session-ended");
}

#[test]
fn neither_restarts_nor_a_clock_set_back_make_room_for_guesses() {
    let mut house = House::begun();
    let (mut real, mut behind, mut dice) = (house.now, 0_i64, 7_u64);
    let mut evaluated: Vec<i64> = Vec::new();
    for guess in 0..4_000 {
        real += 7_000;
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if guess % 3 == 0 {
            house.porter = Porter::new(cheap());
            behind += (dice >> 40) as i64 % (3 * HOUR) * i64::from(dice >> 62 == 0);
        }
        house.now = real - behind;
        if let Ok(riddle) = house.knock("tu.hv", Purpose::SignIn) {
            evaluated.push(real);
            house.settle(wrong(riddle.id)).expect_err("a guess");
        }
    }
    for (index, at) in evaluated.iter().enumerate() {
        let within = evaluated[index..].iter().filter(|other| **other - at < HOUR).count();
        assert!(within <= 20, "{within} evaluations within an hour");
    }
    assert!((5..60).contains(&evaluated.len()), "{} evaluations", evaluated.len());
}

#[test]
fn a_source_is_held_to_twenty_an_hour_though_it_signs_in_between() {
    let mut house = House::begun();
    let mut evaluated = 0;
    for guess in 0..200 {
        house.now += 10_000;
        house.porter = Porter::new(cheap());
        // Her own right password forgets the failures, and counts all the same.
        let login = if guess % 3 == 0 { "tu.hv".to_owned() } else { format!("ai-do-{guess}") };
        let Ok(riddle) = house.knock(&login, Purpose::SignIn) else { continue };
        evaluated += 1;
        let matched = riddle.present.matches(&Secret::new(PASSWORD.to_owned()));
        let _ = house.settle(Settled { matched, ..wrong(riddle.id) });
    }
    assert_eq!(evaluated, 19, "within 2000 seconds, beside the one that set the password");
}

#[test]
fn what_leaves_asks_for_the_digits_at_every_tier() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    let confirm = |house: &mut House, digits: Option<&str>| {
        let digits = digits.map(|it| Secret::new(it.to_owned()));
        let decided =
            house.with(|porter, view| porter.confirm(view, Some(&token), digits.as_ref()));
        let (ops, outcome) = decided.expect("ok");
        house.rows.write(ops);
        outcome.map_err(|refused| refused.code)
    };
    assert_eq!(confirm(&mut house, Some("123456")), Err("second-unset".to_owned()));
    let ask = |house: &mut House, password: &str| {
        let riddle = house.knock("tu.hv", Purpose::Second(token)).expect("a riddle");
        let matched = riddle.present.matches(&Secret::new(password.to_owned()));
        house.settle(Settled { matched, ..wrong(riddle.id) })
    };
    assert_eq!(refusal(ask(&mut house, "không phải")), "sign-in");
    let Ok(AccountAnswer::Activated { second: Some(address) }) = ask(&mut house, PASSWORD) else {
        panic!("a tier-1 person gets a second factor");
    };
    assert!(address.as_str().starts_with("otpauth://totp/"));
    assert_eq!(refusal(ask(&mut house, PASSWORD)), "second-set");
    let seed = Seed::read(address.as_str()).expect("a seed");
    assert_eq!(confirm(&mut house, None), Err("second-needed".to_owned()));
    assert_eq!(confirm(&mut house, Some("000000")), Err("second-wrong".to_owned()));
    let digits = seed.shown(Timestamp::from_millis(house.now));
    assert_eq!(confirm(&mut house, Some(&digits)), Ok(()));
    assert_eq!(confirm(&mut house, Some(&digits)), Err("second-wrong".to_owned()), "used");
    // She is asked for it when she signs in, too.
    assert_eq!(house.sign_in(), Err("second-missing".to_owned()));
}

#[test]
fn a_guess_counts_before_it_is_evaluated() {
    let mut house = House::begun();
    for _ in 0..5 {
        // The machine stops between the riddle and its answer.
        house.knock("tu.hv", Purpose::SignIn).expect("a riddle");
        house.porter = Porter::new(cheap());
    }
    assert_eq!(house.sign_in(), Err("account-locked".to_owned()));
}

// R-16.1b: the issued code opens nothing but the change of it.
#[test]
fn the_first_sign_in_forces_a_password_of_ones_own() {
    let mut house = House::school();
    let text = code(1).text();
    assert_eq!(refusal(house.sign_in_with("tu.hv", &text, None)), "activate-first");
    assert_eq!(house.list(None), "session-needed", "every other function is shut");
    house.activate(&code(1), PASSWORD).expect("activated");
    let token = house.sign_in().expect("signed in");
    assert_eq!(house.list(Some(token)), "open");
    assert_eq!(refusal(house.activate(&code(1), "bốn con bò đi về")), "activation-used");
}

// a person sees when her account was used before.
#[test]
fn each_sign_in_shows_those_before_it() {
    let mut house = House::begun();
    let mut expected = Vec::new();
    for _ in 0..3 {
        let answer = house.sign_in_with("tu.hv", PASSWORD, None).expect("signed in");
        let AccountAnswer::SignedIn { before, .. } = answer else { panic!("another answer") };
        assert_eq!(before, expected);
        expected.push(Timestamp::from_millis(house.now));
        house.now += HOUR;
    }
}

#[test]
fn a_code_is_good_for_its_person_and_its_time() {
    let mut house = House::school();
    assert_eq!(refusal(house.activate(&code(2), PASSWORD)), "activation");
    let stranger = house.knock("khong-ai", Purpose::Activate(code(1)));
    assert_eq!(refusal(stranger.map(|riddle| riddle.id)), "activation");
    house.now += 72 * HOUR;
    assert_eq!(refusal(house.activate(&code(1), PASSWORD)), "activation-ended");
    house.reissue(&code(3));
    house.now += 72 * HOUR - 1;
    house.activate(&code(3), PASSWORD).expect("in time");
}

// the old password dies at once, the new one is set by its person.
#[test]
fn the_old_password_and_its_session_die_at_the_reissue() {
    let mut house = House::begun();
    let token = house.sign_in().expect("signed in");
    house.reissue(&code(2));
    assert_eq!(house.list(Some(token)), "session-ended");
    assert_eq!(house.sign_in(), Err("sign-in".to_owned()));
    assert_eq!(refusal(house.activate(&code(1), "bốn con bò đi về")), "activation");
    assert_eq!(refusal(house.activate(&code(2), PASSWORD)), "password-used");
    house.activate(&code(2), "bốn con bò đi về").expect("activated");
    house.sign_in_with("tu.hv", "bốn con bò đi về", None).expect("signed in");
}

// no password comes back soon.
#[test]
fn the_last_five_passwords_do_not_come_back() {
    let mut house = House::begun();
    let word = |number: usize| match number {
        0 => PASSWORD.to_owned(),
        number => format!("mật khẩu thứ {number}"),
    };
    let token = house.sign_in().expect("signed in");
    assert_eq!(refusal(house.change(token, "không phải", &word(1))), "sign-in");
    for number in 1..=5_usize {
        for old in number.saturating_sub(5)..number {
            let again = house.change(token, &word(number - 1), &word(old));
            assert_eq!(refusal(again), "password-used", "{old} at {number}");
            house.now += 10 * MINUTE;
            assert_eq!(house.list(Some(token)), "open");
            house.now += 10 * MINUTE;
            assert_eq!(house.list(Some(token)), "open");
        }
        house.change(token, &word(number - 1), &word(number)).expect("changed");
    }
    house.change(token, &word(5), PASSWORD).expect("the sixth may");
}
