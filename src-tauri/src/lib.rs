//! The Ringdove app: glue between the client core, the web pages and the operating system.
//!
//! What a call does is decided in `ringdove-call`, what the link does in `ringdove-client`. Here
//! stand only the two windows, what pages may ask for ([`ipc`]), how the system says that somebody
//! calls ([`bell`], [`prompt`], [`notify`]), and what the system lacks for calls ([`missing`]).

mod bell;
mod distribution;
#[cfg(target_os = "linux")]
mod graphics;
mod ipc;
mod missing;
mod notify;
mod options;
mod permissions;
mod prompt;
#[cfg(target_os = "linux")]
mod revival;
mod windows;

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::Context;
pub use options::Options;
use ringdove_call::Timers;
use ringdove_client::{
    Identity,
    app::{Command, Event, LinkView},
    native::{self, Client, NativeConfig, Remembered, Store},
};
use tauri::{App, AppHandle, Manager, WindowEvent, async_runtime};
use tauri_plugin_peer_connection::NetworkWatch;
use tokio::sync::{Notify, mpsc};

use crate::{
    bell::{Bell, Chime},
    ipc::Proposed,
    missing::MissingMedia,
    windows::{Devices, MAIN, PROMPT},
};

/// How long signing out may take when the app ends.
const LEAVE_LIMIT: Duration = Duration::from_secs(3);

/// Runs the app until its main window is closed.
pub fn run(options: Options) -> anyhow::Result<()> {
    let mut builder = tauri::Builder::default();
    // A folder of its own makes another device of it, which is a person beside the first.
    if options.data_dir.is_none() {
        // Before all others, so that a second start does nothing of its own.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| {
            tracing::info!("started again: shows the window that is there");
            windows::show_main(app);
        }));
    }
    builder
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_peer_connection::init())
        .invoke_handler(tauri::generate_handler![
            ipc::dispatch,
            ipc::missing_media,
            ipc::remembered,
            ipc::snapshot
        ])
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
    let config = NativeConfig {
        server: ipc::DEFAULT_SERVER.to_owned(),
        identity: Identity::from_seed(&store.seed()?),
        link: store.link(),
        timers: Timers::default(),
        book: store.book()?,
        store: Some(store.clone()),
        privacy: store.privacy(),
        extra_roots: Vec::new(),
    };
    let (client, events) = async_runtime::block_on(async { native::spawn(config) });
    let name = options.name.map(|name| name.to_string());
    let proposed = Proposed(Remembered { name: name.clone(), server: options.server });
    if let Some(name) = name {
        let server = proposed.before(store.remembered()).server;
        dispatch(&client, Command::SignIn { server, name, invite: None });
    }
    app.manage(MissingMedia::find());
    app.manage(store);
    app.manage(proposed);
    app.manage(client.clone());

    let closing = Arc::new(Notify::new());
    notify::listen(app.handle());
    #[cfg(target_os = "linux")]
    let devices = if options.test_devices { Devices::Test } else { Devices::Real };
    #[cfg(not(target_os = "linux"))]
    let devices = Devices::Real;
    open_windows(app.handle(), &data_dir, devices, &client, &closing)?;
    #[cfg(unix)]
    close_on_signal(Arc::clone(&closing))?;
    async_runtime::spawn(watch_network(client.clone()));
    async_runtime::spawn(attend(app.handle().clone(), client, events, closing));
    Ok(())
}

fn open_windows(
    app: &AppHandle,
    data_dir: &Path,
    devices: Devices,
    client: &Client,
    closing: &Arc<Notify>,
) -> tauri::Result<()> {
    let main = windows::open_main(app, data_dir, devices)?;
    let closing = Arc::clone(closing);
    main.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            closing.notify_one();
        }
    });
    let prompt = prompt::prepare(app, data_dir)?;
    let silencer = client.clone();
    prompt.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            api.prevent_close();
            // To close the prompt is not to decline: the call can still be answered.
            dispatch(&silencer, Command::Silence);
        }
    });
    #[cfg(target_os = "linux")]
    for window in [&main, &prompt] {
        revival::revive(window)?;
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
        match &event {
            Event::Call { call, .. } => {
                for chime in bell.update(call.as_ref()) {
                    ring(&app, &chime);
                }
            }
            Event::Link { link: LinkView::Online { name } } => {
                ipc::remember_name(&app.state::<Store>(), name);
            }
            Event::Devices { .. }
            | Event::Known { .. }
            | Event::Line { .. }
            | Event::Link { .. }
            | Event::Media { .. }
            | Event::Notice { .. }
            | Event::People { .. }
            | Event::Privacy { .. } => {}
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

/// Tells the client of other network addresses, as long as the app runs.
async fn watch_network(client: Client) {
    let watch = NetworkWatch::start();
    let mut changes = watch.changes();
    while changes.changed().await.is_ok() {
        client.network_changed();
    }
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
