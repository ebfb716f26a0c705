//! Steps with a heading and a time, and a table of them at the end.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs steps one after the other; remembers what each took.
pub(crate) struct Steps {
    names: &'static [&'static str],
    done: Vec<Duration>,
    started: Instant,
}

impl Steps {
    /// Steps of these names will come, in this order.
    pub(crate) fn new(names: &'static [&'static str]) -> Self {
        Self { names, done: Vec::new(), started: Instant::now() }
    }

    /// Runs the next step; `name` must be the next one, so that table and program cannot differ.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let number = self.done.len();
        assert_eq!(self.names.get(number), Some(&name), "steps come in the order of their list");
        println!("\n==== {} of {}: {name} ====", number + 1, self.names.len());
        let started = Instant::now();
        let result = work();
        let took = started.elapsed();
        if result.is_err() {
            self.table(Some(took));
            return result.with_context(|| format!("step {} failed: {name}", number + 1));
        }
        println!("---- {name}: {}", seconds(took));
        self.done.push(took);
        Ok(())
    }

    /// Prints the table when all is done.
    pub(crate) fn finish(self) {
        self.table(None);
    }

    fn table(&self, failed: Option<Duration>) {
        println!();
        for (number, name) in self.names.iter().enumerate() {
            let (word, took) = match (self.done.get(number), failed) {
                (Some(took), _) => ("passed", seconds(*took)),
                (None, Some(took)) if number == self.done.len() => ("FAILED", seconds(took)),
                (None, _) => ("not run", String::new()),
            };
            println!("  {word:<8} {took:>9}  {name}");
        }
        println!("  {:<8} {:>9}  altogether", "", seconds(self.started.elapsed()));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}
