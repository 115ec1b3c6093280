//! A client and a server in one process.

use super::*;

async fn echo(_: Caller, request: Request) -> Response {
    match request {
        Request::Traffic => Response::Traffic { sent_bytes: 1, received_bytes: 2, connections: 3 },
        Request::Revoke { reason, .. } => {
            Response::Refused(Refused { code: "echo".to_owned(), detail: reason })
        }
        _ => Response::Stopping,
    }
}

fn with_server(data_dir: &Path, ask: impl FnOnce(&Path) + Send + 'static) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("runtime");
    let data_dir = data_dir.to_owned();
    runtime.block_on(async move {
        let listener = listen(&data_dir).expect("listens");
        let server = tokio::spawn(serve_control(listener, echo));
        tokio::task::spawn_blocking(move || ask(&data_dir)).await.expect("asked");
        server.abort();
    });
}

#[test]
fn a_connection_carries_many_requests() {
    let dir = tempfile::tempdir().expect("directory");
    with_server(dir.path(), |data_dir| {
        let mut client = Client::connect(data_dir).expect("connects");
        for _ in 0..3 {
            let traffic = client.call(&Request::Traffic).expect("answers");
            assert!(matches!(traffic, Response::Traffic { connections: 3, .. }));
        }
        let reason = "máy bị mất".to_owned();
        let unit = "xa-tu-ly".parse().expect("unit");
        let Response::Refused(refused) =
            client.call(&Request::Revoke { unit, reason: reason.clone() }).expect("answers")
        else {
            panic!("another answer")
        };
        assert_eq!(refused.detail, reason);
        let mode = std::fs::metadata(data_dir.join(SOCKET)).expect("socket").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    });
}

#[test]
fn rubbish_is_answered_and_hung_up_on() {
    let dir = tempfile::tempdir().expect("directory");
    with_server(dir.path(), |data_dir| {
        for bytes in [&[3, 0, 0, 0, 9, 9, 9][..], &u32::MAX.to_le_bytes()] {
            let mut stream = Stream::connect(data_dir.join(SOCKET)).expect("connects");
            stream.write_all(bytes).expect("written");
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).expect("hung up");
            let response: Response = codec::decode(&answer[4..]).expect("a response");
            assert!(matches!(response, Response::Refused(refused) if refused.code == "request"));
        }
    });
}

#[test]
fn a_long_directory_has_a_socket_too() {
    let dir = tempfile::tempdir().expect("directory");
    let deep = dir.path().join("d".repeat(120));
    std::fs::create_dir(&deep).expect("made");
    with_server(&deep, |data_dir| {
        let mut client = Client::connect(data_dir).expect("connects");
        assert_eq!(client.call(&Request::Shutdown).expect("answers"), Response::Stopping);
    });
}

#[test]
fn without_a_node_the_caller_is_told_so() {
    let dir = tempfile::tempdir().expect("directory");
    assert!(matches!(Client::connect(dir.path()), Err(ControlError::NotRunning)));
    with_server(dir.path(), |_| {});
    assert!(matches!(Client::connect(dir.path()), Err(ControlError::NotRunning)));
}
