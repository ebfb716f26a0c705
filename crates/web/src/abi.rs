//! The C interface of the module: all unsafe code of the browser's core.
//!
//! The browser writes an argument into a buffer of [`alloc`], calls [`start`] once or [`input`],
//! and reads the answer, a [`HostReply`] as JSON, at [`reply`] before the next call. A WebAssembly
//! module has one thread, and no call comes while another runs: [`random`] calls nothing back.

use std::{cell::RefCell, panic};

use crate::{HostReply, Machine};

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// Fills `len` bytes at `ptr` with random numbers that nobody can guess.
    fn random(ptr: *mut u8, len: usize);
}

thread_local! {
    static MACHINE: RefCell<Result<Machine, String>> =
        const { RefCell::new(Err(String::new())) };
    static REPLY: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Gives a buffer for the argument of the next call of [`start`] or [`input`], which frees it.
#[unsafe(no_mangle)]
extern "C" fn alloc(len: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Starts the client anew.
///
/// # Safety
///
/// `ptr` and `len` are of one call of [`alloc`], and used here for the first time since.
#[unsafe(no_mangle)]
unsafe extern "C" fn start(ptr: *mut u8, len: usize, now_ms: f64) {
    panic::set_hook(Box::new(|panic| answer(&fault(panic.to_string()))));
    // SAFETY: as this function's own contract.
    let config = unsafe { argument(ptr, len) };
    let machine = Machine::start(&config, Box::new(fill_random));
    MACHINE.set(machine);
    poll(br#"{"kind":"timeout"}"#, now_ms);
}

/// Takes what happened.
///
/// # Safety
///
/// As for [`start`].
#[unsafe(no_mangle)]
unsafe extern "C" fn input(ptr: *mut u8, len: usize, now_ms: f64) {
    // SAFETY: as this function's own contract.
    let input = unsafe { argument(ptr, len) };
    poll(&input, now_ms);
}

/// Where the answer to the last call stands; also after a panic, which ends a call with a trap.
#[unsafe(no_mangle)]
extern "C" fn reply() -> *const u8 {
    REPLY.with_borrow(|reply| reply.as_ptr())
}

/// How long it is.
#[unsafe(no_mangle)]
extern "C" fn reply_len() -> usize {
    REPLY.with_borrow(Vec::len)
}

fn poll(input: &[u8], now_ms: f64) {
    let reply = MACHINE.with(|machine| match machine.try_borrow_mut().as_deref_mut() {
        Ok(Ok(machine)) => machine.input(input, now_ms),
        Ok(Err(problem)) => fault(format!("not started: {problem}")),
        // A panic leaves the machine borrowed for ever, which is right: it may be half changed.
        Err(_) => fault("the core has panicked before".to_owned()),
    });
    answer(&reply);
}

fn answer(reply: &HostReply) {
    // Replies have string keys and finite numbers, so writing one cannot fail.
    REPLY.set(serde_json::to_vec(reply).unwrap_or_default());
}

fn fault(problem: String) -> HostReply {
    HostReply { fault: Some(problem), ..HostReply::default() }
}

/// # Safety
///
/// As for [`start`].
unsafe fn argument(ptr: *mut u8, len: usize) -> Box<[u8]> {
    let bytes = std::ptr::slice_from_raw_parts_mut(ptr, len);
    // SAFETY: `alloc` leaked a box of exactly this place and length; the caller gives it back once.
    unsafe { Box::from_raw(bytes) }
}

fn fill_random(bytes: &mut [u8]) {
    // SAFETY: the import writes `len` bytes at `ptr`; both are of a slice that is borrowed here
    // alone.
    unsafe { random(bytes.as_mut_ptr(), bytes.len()) }
}
