//! npm's packages, exactly as the lock file names them.

use std::{fs, path::Path};

use anyhow::Result;
use serde_json::Value;

use crate::run::{npm, root, run};

/// Runs `npm ci` where `node_modules` is not what the lock file says.
pub(super) fn install_packages() -> Result<()> {
    if fits(&root()) {
        println!("npm's packages are those of package-lock.json.");
        return Ok(());
    }
    println!("npm's packages are not those of package-lock.json; they are installed now.");
    // No package gets to run a program of its own while being installed.
    run(npm().args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// Compares the lock file with the one that npm keeps inside `node_modules` of what it installed.
fn fits(root: &Path) -> bool {
    let read = |file: &str| -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(root.join(file)).ok()?).ok()
    };
    let wanted = read("package-lock.json");
    let installed = read("node_modules/.package-lock.json");
    match (&wanted, &installed) {
        (Some(wanted), Some(installed)) => {
            same_packages(&wanted["packages"], &installed["packages"])
        }
        _ => false,
    }
}

fn same_packages(wanted: &Value, installed: &Value) -> bool {
    let (Some(wanted), Some(installed)) = (wanted.as_object(), installed.as_object()) else {
        return false;
    };
    let is_package = |(path, _): &(&String, &Value)| path.contains("node_modules/");
    let nothing_else = installed.iter().filter(is_package).all(|(path, package)| {
        wanted.get(path).is_some_and(|wanted| {
            wanted["version"] == package["version"] && wanted["integrity"] == package["integrity"]
        })
    });
    // Packages for other systems than this one are optional, and not installed.
    let nothing_missing = wanted
        .iter()
        .filter(is_package)
        .all(|(path, package)| installed.contains_key(path) || package["optional"] == true);
    nothing_else && nothing_missing
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn locked() -> Value {
        json!({
            "": { "name": "root" },
            "ui": { "version": "0.1.0" },
            "node_modules/a": { "version": "1.0.0", "integrity": "x" },
            "node_modules/for-another-system": { "version": "1.0.0", "optional": true },
        })
    }

    #[test]
    fn same_versions_fit() {
        let installed = json!({ "node_modules/a": { "version": "1.0.0", "integrity": "x" } });
        assert!(same_packages(&locked(), &installed));
    }

    #[test]
    fn missing_other_and_superfluous_packages_do_not_fit() {
        for installed in [
            json!({}),
            json!({ "node_modules/a": { "version": "1.0.1", "integrity": "y" } }),
            json!({
                "node_modules/a": { "version": "1.0.0", "integrity": "x" },
                "node_modules/b": { "version": "1.0.0" },
            }),
        ] {
            assert!(!same_packages(&locked(), &installed), "{installed}");
        }
    }
}
