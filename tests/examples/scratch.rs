use atrium_shared::market::calendar::Schedule;
use atrium_shared::market::curate::*;
use atrium_tests::received::Source;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let s = Source {
        seed: a[1].parse().unwrap(),
        bars: a[2].parse().unwrap(),
        dirt: a[3].parse().unwrap(),
    };
    let r = s.received();
    println!("{:?} {} {:?}", r.calendar, r.interval, r.actions.list());
    let c = clean(r.interval, &r.rows).unwrap();
    let n: usize = a[4].parse().unwrap();
    for (t, p, v) in c
        .bars
        .bars()
        .rows()
        .collect::<Vec<_>>()
        .iter()
        .rev()
        .take(n)
        .rev()
    {
        println!("{t} {p:?} {v}");
    }
    let sch = Schedule::from(r.calendar);
    let g = gaps(&c.bars, &sch).unwrap();
    println!("{:?}", g);
    match fill(&c.bars, &sch, FillRule::FORTY_EIGHT_HOURS) {
        Ok((f, rep)) => println!("{} {:?}", f.synthetic_count(), rep),
        Err(e) => println!("{e}"),
    }
}
