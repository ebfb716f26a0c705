//! Installing Debian's packages, as root or through `sudo`.

use std::{collections::BTreeSet, fs, process::Command};

use anyhow::{Result, bail};

use super::{list, parts::Part};
use crate::run::{line, on_path, output, program};

/// Installs the packages given as arguments.
///
/// Fetches the package lists only where they do not know the packages, or are too old. A service
/// that comes along (the relay for tests) is neither started nor enabled: the policy file is
/// Debian's own way to say so (invoke-rc.d(8)), and one that is there already is left alone.
const INSTALL: &str = r#"
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
install="apt-get install --yes --quiet --no-install-recommends"
$install --simulate "$@" > /dev/null 2>&1 || apt-get update --quiet || exit
$install "$@" || { apt-get update --quiet && $install "$@"; } || exit
case " $* " in
    *" coturn "*) systemctl disable coturn > /dev/null 2>&1 || true ;;
esac
"#;

/// Whether this is Debian itself; its descendants name and cut packages in their own ways.
pub(super) fn is_this() -> bool {
    let os = fs::read_to_string("/etc/os-release").unwrap_or_default();
    os.lines().any(|line| line == "ID=debian") && on_path("apt-get")
}

/// Installs the packages of these parts, or says what to type.
pub(super) fn install(parts: &[&Part]) -> Result<()> {
    println!("This machine lacks these packages, which are installed now:\n{}", list(parts));
    let packages: BTreeSet<_> = parts.iter().map(|part| part.package).collect();
    let is_root = output(program("id").arg("--user")).is_some_and(|id| id.trim() == "0");
    let mut command = if is_root {
        program("sh")
    } else if on_path("sudo") {
        println!("Installing needs the administrator's rights; sudo may ask for your password.");
        let mut sudo = program("sudo");
        sudo.arg("sh");
        sudo
    } else {
        bail!(
            "you are not root and there is no sudo; please type as root:\n  {}",
            typed(&packages)
        );
    };
    let done = command.args(["-c", INSTALL, "setup"]).args(&packages).status();
    match done {
        Ok(status) if status.success() => Ok(()),
        Ok(_) | Err(_) => {
            bail!(
                "the packages could not be installed; please type as root:\n  {}",
                typed(&packages)
            )
        }
    }
}

fn typed(packages: &BTreeSet<&str>) -> String {
    let mut install = Command::new("apt-get");
    install.args(["install", "--no-install-recommends"]).args(packages);
    format!("apt-get update && {}", line(&install))
}
