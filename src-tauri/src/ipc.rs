//! What the pages can ask of the app, and how they hear of what has changed.

use ringdove_client::{
    app::{Command, Event, Snapshot},
    native::{Client, DispatchError, Remembered, Store},
};
use ringdove_protocol::Name;
use tauri::{AppHandle, Emitter, State, WebviewWindow};

use crate::{
    missing::MissingMedia,
    windows::{self, MAIN, PROMPT},
};

/// The name under which pages hear events.
const EVENT: &str = "ringdove://event";

/// Proposed to somebody who has never signed in.
pub(crate) const DEFAULT_SERVER: &str = "ws://localhost:6503";

/// What the command line proposes, before what was remembered.
#[derive(Clone, Debug)]
pub(crate) struct Proposed(pub(crate) Remembered);

impl Proposed {
    /// Fills what the command line leaves open, and always names a server.
    pub(crate) fn before(&self, remembered: Remembered) -> Remembered {
        let Self(Remembered { name, server }) = self.clone();
        let server = server.or(remembered.server).unwrap_or_else(|| DEFAULT_SERVER.to_owned());
        Remembered { name: name.or(remembered.name), server: Some(server) }
    }
}

/// Hands a command to the core.
#[tauri::command(async)]
pub(crate) fn dispatch(
    app: AppHandle,
    window: WebviewWindow,
    client: State<'_, Client>,
    store: State<'_, Store>,
    command: Command,
) -> Result<(), String> {
    if let Command::SignIn { server, name, .. } = &command {
        remember(&store, Remembered { name: Some(name.clone()), server: server.clone() });
    } else if let Command::TakeLink { server: Some(server), .. } = &command {
        remember(&store, Remembered { server: Some(server.clone()), ..store.remembered() });
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
#[tauri::command(async)]
pub(crate) fn remembered(proposed: State<'_, Proposed>, store: State<'_, Store>) -> Remembered {
    proposed.before(store.remembered())
}

/// Tells the pages. Orders to the media side are for the main window alone: what they hold is
/// nobody else's affair.
pub(crate) fn tell(app: &AppHandle, event: &Event) {
    let told = match event {
        Event::Media { .. } => app.emit_to(MAIN, EVENT, event),
        Event::Call { .. }
        | Event::Devices { .. }
        | Event::Known { .. }
        | Event::Line { .. }
        | Event::Link { .. }
        | Event::Notice { .. }
        | Event::People { .. }
        | Event::Privacy { .. } => app.emit(EVENT, event),
    };
    if let Err(error) = told {
        tracing::error!(%error, "an event did not reach the pages");
    }
}

/// What calls need of the system and lacked at the start.
#[tauri::command(async)]
pub(crate) fn missing_media(missing: State<'_, Option<MissingMedia>>) -> Option<MissingMedia> {
    missing.inner().clone()
}

/// The name that one really has: an account's name comes with the link to it.
pub(crate) fn remember_name(store: &Store, name: &Name) {
    remember(store, Remembered { name: Some(name.to_string()), ..store.remembered() });
}

fn remember(store: &Store, typed: Remembered) {
    if store.remembered() == typed {
        return;
    }
    if let Err(error) = store.remember(&typed) {
        tracing::warn!(%error, "the next start will propose something older");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(name: Option<&str>, server: Option<&str>) -> Remembered {
        Remembered { name: name.map(str::to_owned), server: server.map(str::to_owned) }
    }

    #[test]
    fn the_command_line_comes_before_what_was_remembered() {
        let remembered = typed(Some("Anna"), Some("attic.local"));
        let nothing = Proposed(typed(None, None));
        assert_eq!(nothing.before(remembered.clone()), remembered);
        let name = Proposed(typed(Some("Bob"), None));
        assert_eq!(name.before(remembered), typed(Some("Bob"), Some("attic.local")));
    }

    #[test]
    fn a_server_is_proposed_to_somebody_who_never_signed_in() {
        let nothing = Proposed(typed(None, None)).before(typed(None, None));
        assert_eq!(nothing, typed(None, Some(DEFAULT_SERVER)));
    }
}
