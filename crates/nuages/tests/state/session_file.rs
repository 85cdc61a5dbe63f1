//! The engine `file`: the contract, two processes on one folder, Django's quirks, and a folder that fails.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use jiff::SignedDuration;
use nuages::error::ErrorKind;
use nuages::session::{FileStore, Record, SessionConfig, SessionStore, Swap, clear_expired};
use nuages::time::Clock;
use nuages_wire::crypto::SecretKeys;
use nuages_wire::json::Object;
use nuages_wire::session::{Codec, Expiry};

use crate::client::Client;
use crate::session_contract::{Ends, contract, key, now, record};
use crate::session_http::SECRET;
use crate::session_races::{app, nothing_is_lost};

/// `{"a":1}` as Django 5.2 signed it with `SECRET`.
const STORED: &str = "eyJhIjoxfQ:1vgM1A:F192Nh8Fi-VnGNlM4_2g2hCihbCJhjfWpezd0d8XuT0";

fn store(folder: &Path) -> FileStore {
    FileStore::new(folder, &SessionConfig::new(SecretKeys::new(SECRET))).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A file as Django writes it, last changed `age` before now.
fn django_wrote(folder: &Path, key: &str, data: &str, age: Duration) {
    let path = folder.join(format!("sessionid{key}"));
    fs::write(&path, data).unwrap();
    let modified = SystemTime::from(now()) - age;
    fs::File::options().append(true).open(path).unwrap().set_modified(modified).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn files() {
    let folder = tempfile::tempdir().unwrap();
    // `get_expiry_age` counts whole seconds, and at 0 the session is over.
    contract(store(folder.path()), Ends::AsTold(SignedDuration::from_secs(1))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_folder_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    nothing_is_lost(vec![app(store(folder.path())), app(store(folder.path()))]).await;
    let left = names(folder.path());
    assert_eq!(left.len(), 2, "a session and the lock: {left:?}");
    assert_eq!(left[0], "@sessionid.lock");
}

#[tokio::test]
async fn files_are_djangos() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let one = Record { data: Bytes::from(STORED), ..record("", 1_209_600) };
    assert!(store.create(&key("asdjango"), &one).await.unwrap().is_some());
    let path = folder.path().join("sessionidasdjango");
    assert_eq!(fs::read_to_string(&path).unwrap(), STORED);
    let about = fs::metadata(&path).unwrap();
    assert_eq!(about.modified().unwrap(), SystemTime::from(now()));
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, 0o600);

    django_wrote(folder.path(), "fromdjango", STORED, Duration::ZERO);
    assert_eq!(store.load(&key("fromdjango"), now()).await.unwrap().unwrap(), STORED);
}

#[tokio::test]
async fn expiry_has_djangos_quirks() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    let signed = |expiry: Expiry| {
        let mut data = Object::new();
        expiry.store(&mut data);
        Codec::new(&SecretKeys::new(SECRET)).encode(&data, 0)
    };
    let (new, year) = (Duration::ZERO, Duration::from_secs(365 * 86_400));
    django_wrote(folder.path(), "policynew", STORED, new);
    django_wrote(folder.path(), "policyold", STORED, Duration::from_secs(1_209_600));
    django_wrote(folder.path(), "minutesold", &signed(Expiry::Seconds(300)), year);
    django_wrote(folder.path(), "negativenew", &signed(Expiry::Seconds(-5)), new);
    django_wrote(folder.path(), "emptyfile", "", new);
    let present = async |name: &str| store.load(&key(name), now()).await.unwrap().is_some();
    assert!(present("policynew").await);
    assert!(!present("policyold").await);
    assert!(present("minutesold").await, "a number of seconds never ends a file");
    assert!(!present("negativenew").await);
    assert!(present("emptyfile").await, "its key is kept");

    let later = Clock::fixed(now() + SignedDuration::from_secs(1));
    assert_eq!(clear_expired(&store, &later, 1, |_| {}).await.unwrap(), 2);
    assert_eq!(
        names(folder.path()),
        ["@sessionid.lock", "sessionidemptyfile", "sessionidminutesold", "sessionidpolicynew"]
    );
}

#[tokio::test]
async fn a_key_leads_to_no_other_file() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("sessions");
    fs::create_dir_all(inside.join("sessionid")).unwrap();
    fs::write(folder.path().join("precious"), STORED).unwrap();
    let store = store(&inside);
    for bad in ["/../../precious", "sessionid\0", "UPPERCASE", "中文中文中文中文"] {
        let bad = key(bad);
        assert_eq!(store.load(&bad, now()).await.unwrap(), None);
        assert!(!store.exists(&bad).await.unwrap());
        assert_eq!(store.delete(&bad, None).await.unwrap(), Swap::Gone);
        assert!(store.create(&bad, &record("x", 60)).await.is_err());
    }
    assert!(folder.path().join("precious").exists());
}

#[tokio::test]
async fn a_folder_that_fails_is_a_500_and_the_old_session_stays() {
    let folder = tempfile::tempdir().unwrap();
    let sessions = folder.path().join("sessions");
    let missing = FileStore::new(&sessions, &SessionConfig::new(SecretKeys::new(SECRET))).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Configuration);
    fs::create_dir(&sessions).unwrap();
    let mut client = Client::new(app(store(&sessions)));
    client.get("/add/1").await;

    // The file can be read, and none can be written beside it: the name of a temporary one would be too long.
    let long = format!("sessionid{}", "k".repeat(240));
    fs::write(sessions.join(&long), STORED).unwrap();
    let store = store(&sessions);
    let refused = store.save(&key(&long[9..]), &Bytes::from(STORED), &record("new", 60)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Internal);
    assert!(refused.message().ends_with("cannot be read or written"), "{refused}");
    assert_eq!(fs::read_to_string(sessions.join(&long)).unwrap(), STORED);

    fs::rename(&sessions, folder.path().join("away")).unwrap();
    fs::write(&sessions, "").unwrap();
    let answer = client.get("/add/2").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());

    fs::remove_file(&sessions).unwrap();
    fs::rename(folder.path().join("away"), &sessions).unwrap();
    assert_eq!(client.get("/show").await.text, "1 1");
}

/// A folder that cannot be written, and one that is full; as a user who is not above permissions.
#[cfg(unix)]
#[test]
fn an_unprivileged_site_with_a_folder_that_fails() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let root =
        fs::metadata("/proc/self").map(|about| std::os::unix::fs::MetadataExt::uid(&about)).unwrap() == 0;
    // A file over 4 KiB cannot be written, as on a full disk: the signal that comes with it is ignored.
    let script = r#"trap "" XFSZ; ulimit -f 8; exec "$@""#;
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]);
    if root {
        command.args(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    }
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", "session_file::in_the_child", "--ignored", "--nocapture"]);
    let output = command.env("NUAGES_TEST_SESSION_FOLDER", folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "{told}");
}

/// Not a test of its own: what [`an_unprivileged_site_with_a_folder_that_fails`] runs as another user.
#[cfg(unix)]
#[tokio::test]
#[ignore = "run by another test, as another user"]
async fn in_the_child() {
    use std::os::unix::fs::PermissionsExt;

    let Ok(folder) = std::env::var("NUAGES_TEST_SESSION_FOLDER") else { return };
    let folder = Path::new(&folder).join("sessions");
    fs::create_dir(&folder).unwrap();
    let mut client = Client::new(app(store(&folder)));
    client.get("/add/1").await;
    let before = names(&folder);

    for (mode, path) in [(0o500, "/add/2"), (0o700, "/fill")] {
        fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
        assert_eq!(client.get("/show").await.text, "1 1");
        let refused = client.get(path).await;
        assert_eq!((refused.status.as_u16(), refused.set_cookies()), (500, vec![]), "{path}");
        assert_eq!(client.get("/show").await.text, "1 1", "the old session is intact");
        assert_eq!(names(&folder), before, "nothing is left behind");
        let newcomer = Client::new(client.app()).get(path).await;
        assert_eq!((newcomer.status.as_u16(), newcomer.set_cookies()), (500, vec![]));
    }
    assert_eq!(client.get("/add/2").await.text, "2");
}
