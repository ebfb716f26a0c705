//! What the pages can ask of the app, and how they hear of what has changed.

use ringdove_client::{
    app::{Command, Event, Snapshot},
    native::{Client, DispatchError, Remembered, Store},
};
use tauri::{AppHandle, Emitter, State, WebviewWindow};

use crate::windows::{self, MAIN, PROMPT};

/// The name under which pages hear events.
const EVENT: &str = "ringdove://event";

/// Proposed to somebody who has never signed in.
pub(crate) const DEFAULT_SERVER: &str = "ws://localhost:6503";

/// What was remembered when the app started, under what the command line says.
pub(crate) struct Start(pub(crate) Remembered);

/// Hands a command to the core.
#[tauri::command(async)]
pub(crate) fn dispatch(
    app: AppHandle,
    window: WebviewWindow,
    client: State<'_, Client>,
    store: State<'_, Store>,
    command: Command,
) -> Result<(), String> {
    if let Command::SignIn { server, name } = &command {
        remember(&store, Remembered { name: Some(name.clone()), server: server.clone() });
    }
    let answered_in_prompt = matches!(command, Command::Accept { .. }) && window.label() == PROMPT;
    client.dispatch(command).map_err(|error| error.to_string())?;
    if answered_in_prompt {
        // The call goes on there.
        windows::show_main(&app);
    }
    Ok(())
}

/// Everything as it is now.
#[tauri::command]
pub(crate) async fn snapshot(client: State<'_, Client>) -> Result<Snapshot, String> {
    client.snapshot().await.map_err(|error: DispatchError| error.to_string())
}

/// What to propose for signing in.
#[tauri::command]
pub(crate) fn remembered(start: State<'_, Start>) -> Remembered {
    start.0.clone()
}

/// Tells the pages. Orders to the media side are for the main window alone: what they hold is
/// nobody else's affair.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    let told = match event {
        Event::Media { .. } => app.emit_to(MAIN, EVENT, event),
        Event::Call { .. }
        | Event::Line { .. }
        | Event::Link { .. }
        | Event::Notice { .. }
        | Event::People { .. } => app.emit(EVENT, event),
    };
    if let Err(error) = told {
        tracing::error!(%error, "an event did not reach the pages");
    }
}

fn remember(store: &Store, typed: Remembered) {
    if store.remembered() == typed {
        return;
    }
    if let Err(error) = store.remember(&typed) {
        tracing::warn!(%error, "the next start will propose something older");
    }
}
