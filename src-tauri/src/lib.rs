//! The Ringdove app: glue between the client core, the web pages and the operating system.
//!
//! What a call does is decided in `ringdove-call`, what the link does in `ringdove-client`. Here
//! stand only the two windows, what pages may ask for ([`ipc`]), and how the system says that
//! somebody calls ([`bell`], [`prompt`], [`notify`]).

mod bell;
mod ipc;
mod notify;
mod options;
mod permissions;
mod prompt;
mod windows;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
pub use options::Options;
use ringdove_call::Timers;
use ringdove_client::{
    Identity,
    app::{Command, Event},
    native::{self, Client, NativeConfig, Remembered, Store},
};
use tauri::{App, AppHandle, Manager, WindowEvent, async_runtime};
use tokio::sync::{Notify, mpsc};

use crate::{
    bell::{Bell, Chime},
    windows::{MAIN, PROMPT},
};

/// How long signing out may take when the app ends.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);

/// Runs the app until its main window is closed.
pub fn run(options: Options) -> anyhow::Result<()> {
    tauri::Builder::default()
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(tauri::generate_handler![ipc::dispatch, ipc::remembered, ipc::snapshot])
        .setup(move |app| Ok(set_up(app, options)?))
        .run(tauri::generate_context!())
        .context("the app could not be started")
}

fn set_up(app: &mut App, options: Options) -> anyhow::Result<()> {
    let data_dir = match options.data_dir {
        // WebKit takes absolute folders only.
        Some(folder) => std::path::absolute(folder)?,
        None => app.path().app_data_dir().context("no folder for app data")?,
    };
    let store = Store::open(&data_dir)?;
    let remembered = store.remembered();
    let server = options.server.or(remembered.server);
    let server = server.unwrap_or_else(|| ipc::DEFAULT_SERVER.to_owned());
    let name = options.name.as_ref().map(ToString::to_string).or(remembered.name);

    let config = NativeConfig {
        server: server.clone(),
        identity: Identity::from_seed(&store.seed()?),
        link: None,
        timers: Timers::default(),
    };
    let (client, events) = async_runtime::block_on(async { native::spawn(config) });
    let closing = Arc::new(Notify::new());
    app.manage(store);
    app.manage(client.clone());
    app.manage(ipc::Start(Remembered { name, server: Some(server.clone()) }));

    let handle = app.handle();
    notify::listen(handle);
    let main = windows::open_main(handle, &data_dir)?;
    let on_close = Arc::clone(&closing);
    main.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            on_close.notify_one();
        }
    });
    let prompt = prompt::prepare(handle, &data_dir)?;
    let silencer = client.clone();
    prompt.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            // To close the prompt is not to decline: the call can still be answered.
            dispatch(&silencer, Command::Silence);
        }
    });

    #[cfg(unix)]
    close_on_signal(Arc::clone(&closing))?;
    async_runtime::spawn(attend(handle.clone(), client.clone(), events, closing));
    if let Some(name) = options.name {
        dispatch(&client, Command::SignIn { server: Some(server), name: name.to_string() });
    }
    Ok(())
}

/// Passes events on until the app is to be closed; then leaves the server and ends the app.
async fn attend(
    app: AppHandle,
    client: Client,
    mut events: mpsc::Receiver<Event>,
    closing: Arc<Notify>,
) {
    let mut bell = Bell::default();
    loop {
        let event = tokio::select! {
            event = events.recv() => event,
            () = closing.notified() => break,
        };
        let Some(event) = event else {
            tracing::error!("the client has ended by itself");
            break;
        };
        // The pages first: the prompt shows the right caller by the time it is seen.
        ipc::tell(&app, &event);
        if let Event::Call { call } = &event {
            for chime in bell.update(call.as_ref()) {
                ring(&app, &chime);
            }
        }
    }
    for window in [MAIN, PROMPT].into_iter().filter_map(|label| app.get_webview_window(label)) {
        window.hide().ok(); // It goes away in a moment in any case.
    }
    notify::quiet(&app);
    // Nobody listens any more: the client signs out and ends.
    drop(events);
    let ended = async { while client.snapshot().await.is_ok() {} };
    if tokio::time::timeout(LEAVE_LIMIT, ended).await.is_err() {
        tracing::warn!("the server did not confirm the sign-out in time");
    }
    app.exit(0);
}

fn ring(app: &AppHandle, chime: &Chime) {
    match chime {
        Chime::Ring(caller) => {
            tracing::info!("ringing");
            prompt::show(app, caller);
            notify::ring(app, caller);
        }
        Chime::Quiet => {
            prompt::hide(app);
            notify::quiet(app);
        }
        Chime::Missed(caller) => {
            tracing::info!("missed a call");
            notify::missed(app, caller);
        }
    }
}

fn dispatch(client: &Client, command: Command) {
    if let Err(error) = client.dispatch(command) {
        tracing::error!(%error, "a command was lost");
    }
}

/// Ending the process from outside, or with Ctrl+C, is closing the window.
#[cfg(unix)]
fn close_on_signal(closing: Arc<Notify>) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let signals = async_runtime::block_on(async {
        anyhow::Ok((signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    });
    let (mut interrupt, mut terminate) = signals.context("signals cannot be heard")?;
    async_runtime::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        closing.notify_one();
    });
    Ok(())
}
