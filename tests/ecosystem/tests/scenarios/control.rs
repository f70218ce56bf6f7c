//! That the figures show what is lost and doubled.

use sse_proto_ecosystem::figures::Figures;
use sse_proto_ecosystem::stream::Ledger;

fn figures(arrived: &[u64]) -> Figures {
    let (mut ledger, mut figures) = (Ledger::default(), Figures::default());
    for &number in arrived {
        ledger.arrive(number);
    }
    ledger.count(1..=4, &mut figures);
    figures
}

#[test]
fn losses_and_doubles_are_counted() {
    assert_eq!(figures(&[1, 2, 3, 4]), Figures { events: 4, ..Figures::default() });
    let missing = vec!["one client missed 1 events from 3 to 3".to_owned()];
    assert_eq!(figures(&[1, 2, 4]), Figures { events: 3, lost: 1, missing, ..Figures::default() });
    assert_eq!(figures(&[]).lost, 4);
    assert_eq!(figures(&[1, 2, 3, 3, 4, 4]), Figures { events: 6, doubled: 2, ..Figures::default() });
    let figures = figures(&[1, 3, 2, 4]);
    assert_eq!((figures.lost, figures.disordered), (0, 1));
    assert_eq!(figures.to_string(), ": events 4, connections 0, bytes 0, lost 0, doubled 0, gaps 0, disordered 1");
}
