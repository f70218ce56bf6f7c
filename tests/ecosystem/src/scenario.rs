//! Runs a scenario within a time limit, and prints its figures.

use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{process, thread};

use tokio::runtime::Builder;
use tokio::time;

use crate::BoxError;
use crate::figures::Figures;

/// The longest takes a tenth of it on an idle machine.
const TIME_LIMIT: Duration = Duration::from_mins(3);

/// Runs a scenario on a runtime of its own, prints its figures in one line, and checks that no event was lost or doubled.
///
/// # Panics
///
/// If the scenario fails, exceeds the time limit, or has lost or doubled an event. If it blocks beyond the time limit, the process
/// ends.
pub fn run(name: &str, scenario: impl AsyncFnOnce(&mut Figures) -> Result<(), BoxError>) {
    let (done, watched) = mpsc::channel::<()>();
    let watchdog = {
        let name = name.to_owned();
        thread::spawn(move || {
            if watched.recv_timeout(TIME_LIMIT + Duration::from_secs(10)) == Err(mpsc::RecvTimeoutError::Timeout) {
                eprintln!("{name}: blocked beyond its time limit of {TIME_LIMIT:?}");
                process::exit(1);
            }
        })
    };
    let start = Instant::now();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let mut figures = Figures { name: name.to_owned(), ..Figures::default() };
    let result = runtime.block_on(async { time::timeout(TIME_LIMIT, scenario(&mut figures)).await });
    runtime.shutdown_background();
    println!("{figures}; {:.1} s", start.elapsed().as_secs_f64());
    drop(done);
    watchdog.join().expect("the watchdog does not panic");
    match result {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{name}: {error}"),
        Err(time::error::Elapsed { .. }) => panic!("{name}: exceeded its time limit of {TIME_LIMIT:?}"),
    }
    let Figures { lost, doubled, disordered, ref missing, .. } = figures;
    assert_eq!((lost, doubled, disordered), (0, 0, 0), "{name}: events were lost, doubled or disordered: {missing:?}");
    assert!(figures.events > 0, "{name}: no event arrived, so nothing was shown");
}
