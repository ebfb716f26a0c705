//! Which commands each window may call, of the app's own and of all plugins, as Tauri resolves it from
//! the capabilities, the configuration and the plugins' permissions.
//!
//! `RINGDOVE_UPDATE=1 cargo test -p ringdove --test permissions` writes the list anew.
#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use tauri::utils::{
    acl::{
        ACL_MANIFESTS_FILE_NAME, CAPABILITIES_FILE_NAME, ExecutionContext, get_capabilities,
        resolved::{Resolved, ResolvedCommand, ResolvedScope},
    },
    config::Config,
    platform::Target,
};

const LIST: &str = "tests/permissions.txt";

#[test]
fn no_window_may_call_more_than_the_list_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = list(Target::Linux);
    if std::env::var_os("RINGDOVE_UPDATE").is_some() {
        fs::write(folder.join(LIST), &found).unwrap();
    }
    let known = fs::read_to_string(folder.join(LIST)).unwrap();
    assert_eq!(found, known, "what windows may call has changed; see the head of this test");
    for other in [Target::MacOS, Target::Windows, Target::Android, Target::Ios] {
        assert_eq!(list(other), found, "{other}");
    }
}

/// One line for each window and command.
fn list(target: Target) -> String {
    let resolved = resolve(target);
    assert!(resolved.has_app_acl, "any page could call the app's own commands");
    let mut lines = BTreeSet::new();
    for (verb, commands) in
        [("may", &resolved.allowed_commands), ("must not", &resolved.denied_commands)]
    {
        for (command, grants) in commands {
            for grant in grants {
                let scope = grant.scope_id.map(|id| scope(&resolved.command_scope[&id]));
                let scope = scope.map(|scope| format!(" {scope}")).unwrap_or_default();
                lines.insert(format!("{} {verb} {command}{scope}\n", who(grant)));
            }
        }
    }
    for (plugin, values) in &resolved.global_scope {
        if !values.allow.is_empty() || !values.deny.is_empty() {
            lines.insert(format!("whoever may call {plugin}: {}\n", scope(values)));
        }
    }
    lines.into_iter().collect()
}

/// What the app is built with, put together as `tauri::generate_context!` does it.
fn resolve(target: Target) -> Resolved {
    let built = |name| fs::read_to_string(Path::new(env!("OUT_DIR")).join(name)).unwrap();
    let acl = serde_json::from_str::<BTreeMap<_, _>>(&built(ACL_MANIFESTS_FILE_NAME)).unwrap();
    let files = serde_json::from_str(&built(CAPABILITIES_FILE_NAME)).unwrap();
    let config: Config = serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
    let capabilities = get_capabilities(&config, files, None).unwrap();
    Resolved::resolve(&acl, capabilities, target).unwrap()
}

fn who(grant: &ResolvedCommand) -> String {
    let page = match &grant.context {
        ExecutionContext::Local => "the app's pages".to_owned(),
        ExecutionContext::Remote { url } => format!("pages of {}", url.as_str()),
    };
    let labels = |kind: &str, labels: Vec<&str>| match labels[..] {
        [] => String::new(),
        _ => format!("{kind} {}, ", labels.join(" ")),
    };
    let windows = labels("window", grant.windows.iter().map(|label| label.as_str()).collect());
    let webviews = labels("webview", grant.webviews.iter().map(|label| label.as_str()).collect());
    format!("{windows}{webviews}{page}:")
}

fn scope(scope: &ResolvedScope) -> String {
    let text = |values| serde_json::to_string(values).unwrap();
    format!("allow {} deny {}", text(&scope.allow), text(&scope.deny))
}
