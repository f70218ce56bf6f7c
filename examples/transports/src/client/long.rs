//! Long polling: asks again as soon as there is an answer.

use std::time::Duration;

use super::Client;
use super::answer::Cursor;
use crate::Result;

/// Asks until the measurement stops. The request that is open then gets its answer, too.
pub(super) async fn run(client: Client) -> Result<()> {
    let (mut cursor, mut random) = (Cursor::default(), fastrand::Rng::with_seed(client.seed));
    // The first answer comes at once: it tells the server's last ID.
    client.poll("/api/updates", &mut cursor, false).await?;
    client.recorder.ready();
    while !client.is_stopping() {
        if let Err(error) = client.poll("/api/updates", &mut cursor, false).await {
            client.recorder.failed(error.as_ref());
            tokio::time::sleep(Duration::from_millis(random.u64(50..150))).await;
        }
    }
    Ok(())
}
