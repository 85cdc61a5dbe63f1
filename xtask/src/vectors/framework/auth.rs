//! `auth.login` and `auth.get_user`: a user row, a session, and the framework's `Auth`.

use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::response::Response;
use nuages::auth::{Auth, User, UserModel};
use serde_json::{Value, json};

use super::super::json_values::to_object;
use super::super::{BadCase, Case, Ran, Tagged};
use super::{Site, bad, request, stored_key};

pub(super) async fn login(case: &Case<'_>) -> Ran {
    let (site, user) = site(case).await?;
    let view = move |request: Request| {
        let user = user.clone();
        async move {
            let (mut parts, _) = request.into_parts();
            Auth::<User>::from_request_parts(&mut parts, &()).await?.login(&user).await?;
            Ok(Response::new(Body::empty()))
        }
    };
    let response = site.send(own_request(case)?, site.auth(), view).await;
    let (session, key) = site.after().await?;
    let expect = case.expect()?;
    let same = response.status().is_success()
        && Tagged::read(&expect["session"])?.same(&session)
        && expect["new_key"] == json!(key == "new");
    Ok(case.judge(same, || format!("{}, {session:?}, {key}", response.status())))
}

pub(super) async fn get_user(case: &Case<'_>) -> Ran {
    let (site, _) = site(case).await?;
    let view = |request: Request| async move {
        let (mut parts, _) = request.into_parts();
        let user = Auth::<User>::from_request_parts(&mut parts, &()).await?.user().await?;
        Ok(Response::new(Body::from(user.map_or_else(|| "null".to_owned(), |user| user.pk()))))
    };
    let response = site.send(own_request(case)?, site.auth(), view).await;
    let succeeded = response.status().is_success();
    let body = axum::body::to_bytes(response.into_body(), 1024).await.map_err(bad)?;
    let who: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Ok(expect) = case.expect() else {
        // Django raises; an error and an anonymous visitor are both right.
        return Ok(case.judge(!succeeded || who.is_null(), || who.to_string()));
    };
    let (session, key) = site.after().await?;
    let same = expect["user_id"] == who
        && Tagged::read(&expect["session"])?.same(&session)
        && expect["session_key"] == json!(key);
    Ok(case.judge(same, || format!("{who}, {session:?}, {key}")))
}

/// A site with the case's user and, where there is one, its session.
async fn site(case: &Case<'_>) -> Result<(Site, User), BadCase> {
    let site = Site::new(case).await?;
    let user = case.get("user").ok_or_else(|| bad("no `user`"))?;
    let row = [
        User::id.set(user["pk"].as_i64().ok_or_else(|| bad("no `pk`"))?),
        User::password.set(user["password"].as_str().unwrap_or_default()),
        User::username.set("user"),
        User::first_name.set(""),
        User::last_name.set(""),
        User::email.set(user["email"].as_str().unwrap_or_default()),
        User::is_active.set(user["is_active"].as_bool().unwrap_or(true)),
        User::date_joined.set(case.now()?),
    ];
    let user = User::objects(&site.db).create(row).await.map_err(bad)?;
    if let Some(data) = case.tagged("session")? {
        site.store(&to_object(&data)?).await?;
    }
    Ok((site, user))
}

fn own_request(case: &Case<'_>) -> Result<Request, BadCase> {
    let key = stored_key();
    let cookie = case.get("session").map(|_| ("sessionid", key.as_str()));
    request(cookie.as_slice())
}
