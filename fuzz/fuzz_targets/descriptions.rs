#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| ringdove_fuzzed::descriptions(data));
