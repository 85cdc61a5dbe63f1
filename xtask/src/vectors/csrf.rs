//! `csrf.json`: masks and formats of tokens.

use nuages_wire::csrf::{InvalidFormat, MaskedToken, Secret, check_format, token_matches};

use super::{BadCase, Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "mask" => {
            let token = secret(case)?.mask_with(case.text("mask")?);
            case.check(token.map(|token| token.as_str().into()).map_err(|_| "malformed"))
        }
        "unmask" => {
            let token = MaskedToken::parse(case.text("token")?);
            case.check(token.map(|token| token.unmask().as_str().into()).map_err(|_| "malformed"))
        }
        "token_match" => case.check(Ok(token_matches(case.text("token")?, &secret(case)?).into())),
        "token_format" => case.check(Ok(match check_format(case.text("token")?) {
            Ok(()) => "ok",
            Err(InvalidFormat::IncorrectLength) => "REASON_INCORRECT_LENGTH",
            Err(InvalidFormat::InvalidCharacters) => "REASON_INVALID_CHARACTERS",
        }
        .into())),
        _ => case.unknown(),
    }
}

fn secret(case: &Case) -> Result<Secret, BadCase> {
    Secret::parse(case.text("secret")?).map_err(|error| BadCase(format!("the secret {error}")))
}
