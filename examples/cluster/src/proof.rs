//! What is killed, and what must be true afterwards.

use std::time::{Duration, Instant};

use sse_proto::EventBuf;
use sse_proto::adapters::fan_out::Page;
use tokio::time;

use crate::Result;
use crate::checks::{check_end, check_eq};
use crate::follow::LOCAL_EVENTS;
use crate::network::Network;
use crate::processes::{Redis, Server};
use crate::producer::Producer;
use crate::redis_log::{EntryId, MAX_LEN, RedisLog};
use crate::subscriber::{Moves, Received, Subscriber};

/// The length of the event in the middle of which a server is killed. It is more than the buffers of a connection hold.
const LARGE: usize = 6 * 1024 * 1024;
/// How much of it the client receives.
const RECEIVED: usize = 256 * 1024;
/// How many clients reconnect without being disconnected, again and again.
const MOVERS: u64 = 4;
/// How often Redis is killed.
const REDIS_KILLS: usize = 3;
/// How many events are written before Redis is killed, each time.
const BEFORE_KILL: usize = 30;
/// How long Redis is down.
const DOWN: Duration = Duration::from_millis(150);
/// How long the producer waits between two events while Redis is killed: the readers of the servers need some time to reconnect, and
/// must not fall behind by more events than the log keeps.
const PACE: Duration = Duration::from_millis(4);

const NO_GAPS: [usize; 0] = [];

/// Runs all of it, and returns what was proved.
pub(crate) async fn prove() -> Result<String> {
    let start = Instant::now();
    let mut redis = Redis::start().await?;
    let log = RedisLog::new(&redis.url())?;
    let mut producer = Producer::new(log.clone()).await?;
    let a = Server::start("A", &redis.url()).await?;
    let b = Server::start("B", &redis.url()).await?;

    let network = Network::new([a.address]);
    let mut client = Subscriber::start(&network, Some(EntryId::ZERO), None)?;
    // The server is then reading: a client that came before the first event needs its local log.
    client.wait_for_connection(1).await?;
    client.wait_for(producer.write_small(20).await?).await?;
    producer.repeat().await?;
    println!("live: {} events; a write that was repeated is there once", producer.written.len());

    lose_server(a, &b, &network, &mut client, &mut producer).await?;
    let a = Server::start("A", &redis.url()).await?;
    network.set_servers([a.address]);
    stop_server(b, &mut client, &mut producer).await?;
    let mut b = Server::start("B", &redis.url()).await?;
    network.set_servers([a.address, b.address]);

    let (last, before) = (producer.last(), producer.written.len());
    let movers = (0..MOVERS).map(|seed| Subscriber::start(&network, Some(last), Some(Moves::new(seed))));
    let mut movers = movers.collect::<Result<Vec<_>>>()?;
    lose_redis(&mut redis, &mut b, &a, &network, &mut producer).await?;
    check_log(&log, &producer.written).await?;
    let mut connected = 0;
    for mover in &mut movers {
        mover.wait_for(producer.last()).await?;
        let Received { events, gaps, connections, .. } = mover.received();
        check_eq(&events.len(), &(producer.written.len() - before), "events of a client that moves")?;
        check_end(&events, &producer.written)?;
        check_eq(&gaps, &NO_GAPS, "places of gaps of a client that moves")?;
        connected += connections;
    }
    check_eq(&(a.report().missed, b.report().missed), &(0, 0), "times that a server has missed events")?;
    let replayed = a.report().replayed + b.report().replayed;
    println!("{MOVERS} clients that moved meanwhile: {connected} connections, {replayed} events replayed from Redis");
    client.wait_for(producer.last()).await?;
    let Received { events, gaps, connections, .. } = client.received();
    check_eq(&events.len(), &producer.written.len(), "events")?;
    check_end(&events, &producer.written)?;
    check_eq(&gaps, &NO_GAPS, "places of gaps of the first client")?;
    drop((client, movers));

    let trimmed = resume_too_late(&network, &mut producer).await?;
    let missed = pause_server(&a, &mut producer, None).await?;
    let missed_first = miss_first_event().await?;
    Ok(format!(
        "{} events and {} connections while servers were killed, one in the middle of an event, and Redis {REDIS_KILLS} times: \
         none lost, none doubled, and all that Redis acknowledged is there; gaps of {trimmed}, {missed} and {missed_first} events, as \
         events were trimmed, were told to the client; {:.1} s",
        events.len(),
        connections + connected,
        start.elapsed().as_secs_f64()
    ))
}

/// Kills a server in the middle of an event. The client moves to the other one and receives the event there, and those that were
/// written meanwhile: some from Redis, some from the local log of the server.
async fn lose_server(
    killed: Server,
    other: &Server,
    network: &Network,
    client: &mut Subscriber,
    producer: &mut Producer,
) -> Result<()> {
    network.hold_after(RECEIVED);
    producer.write("0123456789abcdef".repeat(LARGE / 16)).await?;
    network.held().await;
    drop(killed);
    network.set_servers([other.address]);
    let last = producer.write_small(4 * LOCAL_EVENTS).await?;
    network.open();
    client.wait_for(last).await?;
    let (Received { cuts, connections, .. }, replayed) = (client.received(), other.report().replayed);
    check_eq(&cuts, &1, "connections that ended in the middle of an event")?;
    check_eq(&connections, &2, "connections")?;
    // The rest is in the local log.
    if replayed < 3 * LOCAL_EVENTS {
        return Err(format!("only {replayed} events were replayed from Redis").into());
    }
    println!("server killed in the middle of an event: {replayed} events replayed from Redis, then live again");
    Ok(())
}

/// Stops a server cleanly. Its client moves to the other one, between two events.
async fn stop_server(stopped: Server, client: &mut Subscriber, producer: &mut Producer) -> Result<()> {
    let before = client.received();
    stopped.stop().await?;
    client.wait_for(producer.write_small(LOCAL_EVENTS).await?).await?;
    let Received { cuts, connections, .. } = client.received();
    check_eq(&cuts, &before.cuts, "connections that ended in the middle of an event")?;
    check_eq(&connections, &(before.connections + 1), "connections")?;
    println!("server stopped: its client moved between two events");
    Ok(())
}

/// Kills Redis and starts it again, several times, while events are written. Once a server is killed as well, and started again
/// while there is no Redis. Once the other one sleeps until Redis is back and has new events.
async fn lose_redis(
    redis: &mut Redis,
    lost: &mut Server,
    other: &Server,
    network: &Network,
    producer: &mut Producer,
) -> Result<()> {
    let (failed, before) = (producer.failed, producer.written.len());
    let mut count = producer.count();
    let kills = async {
        for round in 0..REDIS_KILLS {
            let enough = *count.borrow() + BEFORE_KILL;
            count.wait_for(|&count| count >= enough).await?;
            // The next write begins.
            time::sleep(PACE * 5 / 4).await;
            if round == 2 {
                other.pause()?;
            }
            redis.kill();
            if round == 1 {
                *lost = Server::start("B", &redis.url()).await?;
                network.set_servers([other.address, lost.address]);
            }
            time::sleep(DOWN).await;
            redis.restart().await?;
        }
        let enough = *count.borrow() + BEFORE_KILL;
        count.wait_for(|&count| count >= enough).await?;
        other.resume()
    };
    let writes = async {
        loop {
            if let Err(error) = producer.write_small(1).await {
                return error;
            }
            time::sleep(PACE).await;
        }
    };
    tokio::select! {
        killed = kills => killed?,
        error = writes => return Err(error),
    }
    // A write was under way, perhaps. It is repeated.
    producer.write_small(1).await?;
    let (failed, written) = (producer.failed - failed, producer.written.len() - before);
    if failed < REDIS_KILLS {
        return Err(format!("Redis was killed {REDIS_KILLS} times, but only {failed} writes failed").into());
    }
    println!(
        "Redis killed {REDIS_KILLS} times: {written} events written, {failed} attempts failed, {} events written by an attempt \
         without a reply",
        producer.unacknowledged
    );
    Ok(())
}

/// Whether Redis has all these events, which were acknowledged, and no other ones.
async fn check_log(log: &RedisLog, written: &[(EntryId, String)]) -> Result<()> {
    let first = written.first().ok_or("nothing was written")?;
    let (mut last, mut events) = (first.0.to_string(), Vec::new());
    loop {
        match log.after(&last).await? {
            Page::Events(page) if page.is_empty() => break,
            Page::Events(page) => events.extend(page),
            Page::Gone(_) => return Err("Redis has lost an event".into()),
        }
        last = events.last().map_or(last, |event: &EventBuf| event.last_event_id().to_owned());
    }
    check_eq(&events.len(), &(written.len() - 1), "events in Redis")?;
    check_end(&events, written)
}

/// A client resumes after an event that Redis does not have any more. Returns how many events it cannot get.
async fn resume_too_late(network: &Network, producer: &mut Producer) -> Result<usize> {
    let id = producer.last();
    let before = producer.written.len();
    let last = producer.write_small(2 * MAX_LEN).await?;
    let mut client = Subscriber::start(network, Some(id), None)?;
    client.wait_for(last).await?;
    let Received { events, gaps, .. } = client.received();
    check_end(&events, &producer.written)?;
    check_eq(&gaps, &[0], "places of gaps of a client that comes too late")?;
    if events.len() < MAX_LEN {
        return Err(format!("a client that came too late got only {} events", events.len()).into());
    }
    let trimmed = (producer.written.len() - before).checked_sub(events.len()).ok_or("nothing was trimmed")?;
    println!("resumed after a trimmed event: a gap of {trimmed} events, then {} events", events.len());
    Ok(trimmed)
}

/// As `pause_server`, from before the first event of all. Returns how many events the client cannot get.
async fn miss_first_event() -> Result<usize> {
    let mut redis = Redis::start().await?;
    let mut producer = Producer::new(RedisLog::new(&redis.url())?).await?;
    let server = Server::start("A", &redis.url()).await?;
    // After a restart, Redis does not know that the server waits, so it does not send it the first event before it is trimmed.
    pause_server(&server, &mut producer, Some(&mut redis)).await
}

/// A server sleeps while Redis trims what it has not read, and, perhaps, is restarted. Returns how many events its client cannot get.
async fn pause_server(server: &Server, producer: &mut Producer, restarted: Option<&mut Redis>) -> Result<usize> {
    let before = producer.written.len();
    let mut client = Subscriber::start(&Network::new([server.address]), Some(producer.last()), None)?;
    client.wait_for_connection(1).await?;
    server.pause()?;
    if let Some(redis) = restarted {
        redis.restart().await?;
    }
    let last = producer.write_small(2 * MAX_LEN).await?;
    server.resume()?;
    client.wait_for(last).await?;
    let Received { events, gaps, .. } = client.received();
    check_eq(&server.report().missed, &1, "times that the server has noticed it")?;
    let [gap] = gaps[..] else { return Err(format!("{} gaps of a client whose server slept", gaps.len()).into()) };
    let (early, late) = events.split_at(gap);
    check_end(early, &producer.written[..before + early.len()])?;
    check_end(late, &producer.written)?;
    let missed = (producer.written.len() - before).checked_sub(events.len()).ok_or("nothing was missed")?;
    println!("server slept: {} events, a gap of {missed} events, then {} events", early.len(), late.len());
    Ok(missed)
}
