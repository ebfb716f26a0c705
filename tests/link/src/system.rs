//! What the standard library has no word for: network namespaces, TUN devices, waiting for several
//! files. All the unsafe code of this crate.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

const TUN: &str = "/dev/net/tun";

/// Makes the device `name` in a network namespace that `ip netns` knows. Each read gives one IP
/// packet, each write sends one; neither blocks. The device goes with the file.
///
/// Leaves the calling thread in that namespace.
pub(crate) fn open_tun(namespace: &str, name: &str) -> io::Result<File> {
    let handle = File::open(Path::new("/run/netns").join(namespace))?;
    // SAFETY: the file descriptor is open, and the call touches no memory of ours.
    check(unsafe { libc::setns(handle.as_raw_fd(), libc::CLONE_NEWNET) })?;
    let device =
        OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(TUN)?;
    // SAFETY: zeroes are a valid `ifreq`: numbers and null pointers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    if name.len() >= request.ifr_name.len() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the device's name is too long"));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: TUNSETIFF takes an `ifreq`, which outlives the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &raw mut request) })?;
    Ok(device)
}

/// Waits until one of the files can be read or has ended, or the time is over.
pub(crate) fn wait(files: [BorrowedFd<'_>; 3], limit: Duration) -> io::Result<[bool; 3]> {
    let mut polled =
        files.map(|file| libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    let limit = libc::timespec {
        tv_sec: limit.as_secs() as libc::time_t,
        tv_nsec: limit.subsec_nanos().into(),
    };
    // SAFETY: the array and the time outlive the call, the length is the array's, and no signal
    // mask is given.
    let done = unsafe {
        libc::ppoll(
            polled.as_mut_ptr(),
            polled.len() as libc::nfds_t,
            &raw const limit,
            std::ptr::null(),
        )
    };
    match check(done) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
        _ => Ok(polled.map(|file| file.revents != 0)),
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
