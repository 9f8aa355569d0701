//! Clients that go away while a file comes in or is looked at: nothing of it is left, and no program runs on.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::server::imports::Limits;

/// So long something may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that listens, with room for one upload.
async fn listening(sandbox: &Sandbox, decoder: Option<&Path>) -> SocketAddr {
    let limits = Limits {
        count: 1,
        ..Limits::default()
    };
    let state = AppState::new(sandbox.store(), sandbox.base(), decoder).with_limits(limits);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app(state)).await.unwrap() });
    address
}

/// A connection over which an upload of so many bytes was begun.
fn upload(address: SocketAddr, name: &str, bytes: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!(
        "POST /api/imports?name={name} HTTP/1.1\r\nHost: {address}\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {bytes}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream
}

/// Every file of an upload.
fn files(sandbox: &Sandbox) -> Vec<std::path::PathBuf> {
    let content = sandbox.content().into_keys();
    content
        .filter(|path| path.is_file() && path.to_string_lossy().contains(".uploads-"))
        .collect()
}

fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not in {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until nothing of an upload is left and there is room for the next one.
fn wait_for_room(sandbox: &Sandbox, address: SocketAddr) {
    wait_for("the file goes", || files(sandbox).is_empty());
    wait_for("there is room", || {
        let text =
            "timestamp,open,high,low,close,volume\n1704205800,1,1,1,1,1\n1704205860,1,1,1,1,1\n";
        let mut stream = upload(address, "IWM.csv", text.len());
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        match &answer[9..] {
            b"201" => true,
            b"429" => false,
            other => panic!("{}", String::from_utf8_lossy(other)),
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_client_goes_away_leaves_nothing() {
    let sandbox = Sandbox::new();
    let address = listening(&sandbox, None).await;
    tokio::task::spawn_blocking(move || {
        let mut stream = upload(address, "SPY.csv", 10 << 20);
        stream.write_all(&vec![b'x'; 3 << 20]).unwrap();
        wait_for("the file comes", || !files(&sandbox).is_empty());
        drop(stream);
        wait_for_room(&sandbox, address);
    })
    .await
    .unwrap();
}

/// A decoder that says nothing ends with the request that it works for.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_detection_whose_client_goes_away_ends_with_its_decoder() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    let id = sandbox.file("id", "");
    let script = format!("#!/bin/sh\necho $$ > {}\nexec sleep 600\n", id.display());
    let decoder = sandbox.file("decoder", script);
    fs::set_permissions(&decoder, fs::Permissions::from_mode(0o755)).unwrap();
    let address = listening(&sandbox, Some(&decoder)).await;
    tokio::task::spawn_blocking(move || {
        let file = b"PAR1 and what a decoder would never come to the end of PAR1";
        let mut stream = upload(address, "SPY.parquet", file.len());
        stream.write_all(file).unwrap();
        let process = || {
            let text = fs::read_to_string(&id).unwrap();
            let id: Option<u32> = text.trim().parse().ok();
            id
        };
        wait_for("the decoder starts", || process().is_some());
        let process = Path::new("/proc").join(process().unwrap().to_string());
        assert!(process.exists() && !files(&sandbox).is_empty());
        drop(stream);
        wait_for("the decoder ends", || !process.exists());
        wait_for_room(&sandbox, address);
    })
    .await
    .unwrap();
}
