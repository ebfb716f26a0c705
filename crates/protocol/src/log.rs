//! What keeps logs free of what people say and of where they are.

/// Directives of `tracing-subscriber`'s `EnvFilter` that turn off the libraries which log whole
/// frames (`tungstenite`) or addresses of people (those of the TURN client). A host puts them after
/// its own, since the last one for a library counts.
pub const UNLOGGED: &str = "tungstenite=off,tokio_tungstenite=off,turn_client_proto=off,\
                            turn_types=off,stun_proto=off,stun_types=off";
