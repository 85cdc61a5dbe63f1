//! The local storage: names, races and confinement.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use nuages::error::ErrorKind;
use nuages::storage::Storage;

fn storage() -> (tempfile::TempDir, Storage) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::local(folder.path().join("media"), "/media/");
    (folder, storage)
}

#[tokio::test]
async fn what_is_saved_is_there() {
    let (_folder, storage) = storage();
    let name = storage.save("avatars/7/face.png", vec![1, 2, 3]).await.unwrap();
    assert_eq!(name, "avatars/7/face.png");
    assert_eq!(&storage.open(&name).await.unwrap()[..], [1, 2, 3]);
    assert_eq!(storage.size(&name).await.unwrap(), 3);
    assert!(storage.exists(&name).await.unwrap() && storage.exists("avatars").await.unwrap());
    let mode = std::fs::metadata(storage.path(&name).unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(storage.list("avatars").await.unwrap().directories, ["7"]);
    assert_eq!(storage.list("avatars/7").await.unwrap().files, ["face.png"]);

    storage.delete(&name).await.unwrap();
    storage.delete(&name).await.unwrap();
    assert!(!storage.exists(&name).await.unwrap());
    assert_eq!(storage.open(&name).await.unwrap_err().kind(), ErrorKind::NotFound);
    storage.delete("avatars/7").await.unwrap();
    assert!(!storage.exists("avatars/7").await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_want_one_name_each_gets_its_own() {
    let (_folder, storage) = storage();
    let savers: Vec<_> = (0..40_u8)
        .map(|number| {
            let storage = storage.clone();
            tokio::spawn(async move { (number, storage.save("a.tar.gz", vec![number]).await.unwrap()) })
        })
        .collect();
    let mut names = BTreeSet::new();
    for saver in savers {
        let (number, name) = saver.await.unwrap();
        assert_eq!(&storage.open(&name).await.unwrap()[..], [number]);
        assert!(
            name == "a.tar.gz" || (name.len() == 16 && name.starts_with("a_") && name.ends_with(".tar.gz"))
        );
        names.insert(name);
    }
    assert_eq!(names.len(), 40);
    assert!(names.contains("a.tar.gz"));
}

#[tokio::test]
async fn a_name_is_cut_to_its_length() {
    let (_folder, storage) = storage();
    let long = format!("avatars/{}.png", "x".repeat(200));
    let name = storage.save_within(&long, "a", Some(100)).await.unwrap();
    assert_eq!(name.len(), 100);
    assert!(name.starts_with("avatars/xxx") && name.ends_with(".png"));
    let refused = storage.save_within(&long, "a", Some(12)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::BadRequest);
}

#[tokio::test]
async fn no_name_leads_out() {
    let (folder, storage) = storage();
    std::fs::write(folder.path().join("secret"), "s").unwrap();
    for name in ["../secret", "a/../../secret", "/etc/passwd", "..", "a/..", "", "a\\..\\..\\secret", "a/"] {
        assert_eq!(storage.save(name, "x").await.unwrap_err().kind(), ErrorKind::BadRequest, "save {name:?}");
    }
    for name in ["../secret", "a/../../secret", "/etc/passwd", "../media-else/x"] {
        assert_eq!(storage.open(name).await.unwrap_err().kind(), ErrorKind::BadRequest, "open {name:?}");
        assert_eq!(storage.exists(name).await.unwrap_err().kind(), ErrorKind::BadRequest, "exists {name:?}");
        assert_eq!(storage.delete(name).await.unwrap_err().kind(), ErrorKind::BadRequest, "delete {name:?}");
        assert!(storage.path(name).is_err());
    }
    assert_eq!(storage.delete("").await.unwrap_err().kind(), ErrorKind::BadRequest);
    assert_eq!(storage.delete("a/..").await.unwrap_err().kind(), ErrorKind::BadRequest);
    assert!(folder.path().join("secret").exists());
}

#[tokio::test]
async fn a_name_that_no_file_can_have_is_the_clients_fault() {
    let (_folder, storage) = storage();
    storage.save("file", "x").await.unwrap();
    for name in [format!("{}.png", "x".repeat(300)), "nul\0.png".to_owned(), "file/under".to_owned()] {
        assert_eq!(storage.save(&name, "x").await.unwrap_err().kind(), ErrorKind::BadRequest, "{name:?}");
    }
    assert_eq!(storage.list("").await.unwrap().files, ["file"]);
}

#[tokio::test]
async fn a_file_is_moved_and_a_stream_is_written() {
    let (folder, storage) = storage();
    let source = folder.path().join("upload");
    std::fs::write(&source, "moved").unwrap();
    storage.save("taken", "before").await.unwrap();
    let name = storage.save("taken", source.clone()).await.unwrap();
    assert!(!source.exists() && name != "taken");
    assert_eq!(&storage.open(&name).await.unwrap()[..], b"moved");
    assert_eq!(&storage.open("taken").await.unwrap()[..], b"before");

    let streamed = storage.save_reader("b/streamed", &b"streamed"[..]).await.unwrap();
    assert_eq!(&storage.open(&streamed).await.unwrap()[..], b"streamed");
    let mode = std::fs::metadata(storage.path(&streamed).unwrap()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "not a temporary file's 0600");
    // A folder can be opened, and fails when it is read.
    let broken = tokio::fs::File::open(folder.path()).await.unwrap();
    assert!(storage.save_reader("broken", broken).await.is_err());
    assert_eq!(storage.list("").await.unwrap().files.len(), 2, "no half file is left");
}

/// Answers of Django 5.2.19's `FileSystemStorage(base_url="/media/")`: the name kept and its address.
#[tokio::test]
async fn names_and_addresses_are_djangos() {
    let kept = [
        ("./b.txt", "b.txt", "/media/b.txt"),
        ("c//d.txt", "c/d.txt", "/media/c/d.txt"),
        ("e/./f.txt", "e/f.txt", "/media/e/f.txt"),
        (" g.txt", " g.txt", "/media/%20g.txt"),
        (".hidden", ".hidden", "/media/.hidden"),
        ("..dots", "..dots", "/media/..dots"),
        ("...", "...", "/media/..."),
        ("i\\j.txt", "i/j.txt", "/media/i/j.txt"),
        ("n\nx.txt", "n\nx.txt", "/media/n%0Ax.txt"),
        ("张.txt", "张.txt", "/media/%E5%BC%A0.txt"),
        ("o:p.txt", "o:p.txt", "/media/o%3Ap.txt"),
        ("q?r.txt", "q?r.txt", "/media/q%3Fr.txt"),
        ("u/.hidden.tar.gz", "u/.hidden.tar.gz", "/media/u/.hidden.tar.gz"),
    ];
    let (_folder, storage) = storage();
    for (name, stored, address) in kept {
        let saved = storage.save(name, "x").await.unwrap();
        assert_eq!((saved.as_str(), storage.url(&saved).as_str()), (stored, address));
    }
    for name in ["a/b/../c.txt", "\\k.txt", "l/", "/m.txt", "", ".", "..", "s/..", "t/."] {
        assert_eq!(storage.save(name, "x").await.unwrap_err().kind(), ErrorKind::BadRequest, "{name:?}");
    }
}

#[test]
fn an_address_is_percent_encoded() {
    let storage = Storage::local("media", "/media");
    assert_eq!(storage.url("a b%é#?"), "/media/a%20b%25%C3%A9%23%3F");
    assert_eq!(storage.url("/a/b.png"), "/media/a/b.png");
}
