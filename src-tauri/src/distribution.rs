//! What GStreamer's packages are called on this Linux distribution, and how they are installed.

/// A distribution or one of its relatives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distribution {
    Arch,
    Debian,
    Fedora,
    Suse,
    /// Its packages are called by their upstream names here.
    Unknown,
}

impl Distribution {
    pub(crate) fn of_this_system() -> Self {
        // os-release(5): the second stands in where there is no first.
        let text = ["/etc/os-release", "/usr/lib/os-release"]
            .into_iter()
            .find_map(|path| std::fs::read_to_string(path).ok());
        text.map_or(Self::Unknown, |text| Self::from_os_release(&text))
    }

    pub(crate) fn from_os_release(text: &str) -> Self {
        let of = |key: &str| {
            let value = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            value.unwrap_or_default().trim_matches(['"', '\''])
        };
        // Its own name first, then its relatives, the closest first.
        let names = of("ID").split(' ').chain(of("ID_LIKE").split(' '));
        let known = names.filter_map(|name| match name {
            "arch" => Some(Self::Arch),
            "debian" | "ubuntu" => Some(Self::Debian),
            "fedora" | "rhel" => Some(Self::Fedora),
            "suse" | "opensuse" => Some(Self::Suse),
            _ => None,
        });
        known.into_iter().next().unwrap_or(Self::Unknown)
    }

    /// The package of the plugins that upstream calls "base" or "good".
    pub(crate) fn name(self, part: &str) -> String {
        let prefix = match self {
            Self::Arch | Self::Unknown => "gst",
            Self::Debian => "gstreamer1.0",
            Self::Fedora => "gstreamer1",
            Self::Suse => "gstreamer",
        };
        format!("{prefix}-plugins-{part}")
    }

    /// The command that installs packages.
    pub(crate) fn install(self, packages: &[String]) -> Option<String> {
        let command = match self {
            Self::Arch => "sudo pacman -S",
            Self::Debian => "sudo apt install",
            Self::Fedora => "sudo dnf install",
            Self::Suse => "sudo zypper install",
            Self::Unknown => return None,
        };
        Some(format!("{command} {}", packages.join(" ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_is_known_by_its_name_or_its_relatives() {
        for (text, distribution) in [
            ("NAME=\"Debian GNU/Linux\"\nID=debian\n", Distribution::Debian),
            ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", Distribution::Debian),
            ("VERSION_ID=42\nID=fedora\n", Distribution::Fedora),
            ("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", Distribution::Fedora),
            ("ID=\"opensuse-tumbleweed\"\nID_LIKE=\"opensuse suse\"\n", Distribution::Suse),
            ("ID=manjaro\nID_LIKE=arch\n", Distribution::Arch),
            ("ID=nixos\n", Distribution::Unknown),
            ("", Distribution::Unknown),
        ] {
            assert_eq!(Distribution::from_os_release(text), distribution, "{text}");
        }
    }

    #[test]
    fn where_no_command_is_known_none_is_proposed() {
        let packages = [Distribution::Unknown.name("good")];
        assert_eq!(packages, ["gst-plugins-good"]);
        assert_eq!(Distribution::Unknown.install(&packages), None);
    }
}
