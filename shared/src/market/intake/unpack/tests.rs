//! Tests of unpacking. Zips are written here byte by byte, so that what real tools write and what they never write are both
//! at hand.

use flate2::{Compress, Compression, FlushCompress};

use super::*;

fn deflated(data: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(data.len() + 64);
    let mut stream = Compress::new(Compression::best(), false);
    loop {
        let taken = stream.total_in() as usize;
        let status = stream.compress_vec(&data[taken..], &mut packed, FlushCompress::Finish);
        if status.unwrap() == flate2::Status::StreamEnd {
            return packed;
        }
        packed.reserve(1 << 16);
    }
}

fn crc(data: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(data);
    crc.sum()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut file = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
    file.extend(b"name.csv\0");
    file.extend(deflated(data));
    file.extend(crc(data).to_le_bytes());
    file.extend((data.len() as u32).to_le_bytes());
    file
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Stored,
    Descriptor,
    UnsignedDescriptor,
    LongDescriptor,
}

fn zip(files: &[(&str, &[u8])], style: Style) -> Vec<u8> {
    let mut file = Vec::new();
    for (name, data) in files {
        let follows = !matches!(style, Style::Plain | Style::Stored);
        let packed = if style == Style::Stored {
            data.to_vec()
        } else {
            deflated(data)
        };
        file.extend(b"PK\x03\x04\x14\x00");
        file.extend((if follows { 8u16 } else { 0 }).to_le_bytes());
        file.extend((if style == Style::Stored { 0u16 } else { 8 }).to_le_bytes());
        file.extend([0; 4]);
        let sums = [crc(data), packed.len() as u32, data.len() as u32];
        for sum in sums {
            file.extend((if follows { 0 } else { sum }).to_le_bytes());
        }
        file.extend((name.len() as u16).to_le_bytes());
        file.extend(4u16.to_le_bytes());
        file.extend(name.as_bytes());
        file.extend(b"\x99\x99\x00\x00");
        file.extend(&packed);
        if follows && style != Style::UnsignedDescriptor {
            file.extend(b"PK\x07\x08");
        }
        if follows {
            file.extend(sums[0].to_le_bytes());
            for sum in &sums[1..] {
                file.extend(sum.to_le_bytes());
                if style == Style::LongDescriptor {
                    file.extend([0; 4]);
                }
            }
        }
    }
    file.extend(b"PK\x01\x02");
    file.extend([0; 60]);
    file
}

fn unpacked(file: &[u8], chunk: usize, limits: Limits) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut unpacker = Unpacker::new("data/file.zip");
    let mut budget = Budget::new(limits);
    let mut take = |part: Part<'_>| {
        match part {
            Part::Begin(path, _) => files.push((path.to_owned(), Vec::new())),
            Part::Data(bytes) => files.last_mut().unwrap().1.extend(bytes),
            Part::End | Part::Workbook(_) => {}
        }
        Ok(())
    };
    let all = file
        .chunks(chunk)
        .try_for_each(|chunk| unpacker.push(chunk, &mut budget, &mut take))
        .and_then(|()| unpacker.finish(&mut take));
    all.map_err(|error| error.to_string())?;
    Ok(files)
}

fn text() -> Vec<u8> {
    (0..3_000)
        .flat_map(|row| format!("{row},{}\n", row * 7 % 13).into_bytes())
        .collect()
}

#[test]
fn every_packing_gives_the_same_bytes_however_it_is_cut() {
    let text = text();
    let members: [(&str, &[u8]); 4] = [
        ("a.csv", &text),
        ("sub/", b""),
        ("README.md", b"no bars"),
        ("sub/b.csv", b"1,2\n3,4\n"),
    ];
    let styles = [
        Style::Plain,
        Style::Stored,
        Style::Descriptor,
        Style::UnsignedDescriptor,
        Style::LongDescriptor,
    ];
    for style in styles {
        let members = if style == Style::Stored || style == Style::Plain {
            &members[..]
        } else {
            &members[3..]
        };
        let file = zip(members, style);
        for chunk in [1, 7, 1_000, usize::MAX] {
            let files = unpacked(&file, chunk, Limits::default()).unwrap();
            let last = files.last().unwrap();
            assert_eq!(last.0, "data/file.zip/sub/b.csv");
            assert_eq!(last.1, b"1,2\n3,4\n");
            if members.len() > 1 {
                assert_eq!(files.len(), 2);
                assert_eq!(files[0].1, text);
            }
        }
    }
    let twice = [gzip(&text), gzip(&text), vec![0; 100]].concat();
    for chunk in [1, 13, usize::MAX] {
        let files = unpacked(&twice, chunk, Limits::default()).unwrap();
        assert_eq!((files.len(), files[0].1.len()), (1, 2 * text.len()));
        let plain = unpacked(&text, chunk, Limits::default()).unwrap();
        assert_eq!(plain[0].1, text);
    }
    let nested = zip(
        &[("x.zip", &zip(&[("y.csv.gz", &gzip(&text))], Style::Plain))],
        Style::Stored,
    );
    let files = unpacked(&nested, 5, Limits::default()).unwrap();
    assert_eq!(files, [("data/file.zip/x.zip/y.csv".to_owned(), text)]);
}

#[test]
fn text_in_utf16_comes_out_in_utf8() {
    let text = "Datum\tSchlußkurs 💶\r\n1\t2,5\r\n";
    let units = || text.encode_utf16();
    let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
    let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    let files = [
        marked(b"\xff\xfe", &little),
        marked(b"\xfe\xff", &big),
        little.clone(),
        big,
    ];
    for file in files {
        for chunk in [1, 3, usize::MAX] {
            for packed in [
                file.clone(),
                gzip(&file),
                zip(&[("a.txt", &file)], Style::Plain),
            ] {
                let files = unpacked(&packed, chunk, Limits::default()).unwrap();
                assert_eq!(files.len(), 1);
                assert_eq!(core::str::from_utf8(&files[0].1), Ok(text));
            }
        }
    }
    // what stands for no letter, and a file that ends within one
    let lone = [&little[..10], b"\x3d\xd8", &little[10..13]].concat();
    let said = unpacked(&lone, 2, Limits::default()).unwrap();
    assert_eq!(said[0].1, "Datum\u{fffd}\t\u{fffd}".as_bytes());
    for (short, said) in [
        (&b"\xff\xfe"[..], ""),
        (b"\xfe\xff", ""),
        (b"\xff\xfea", "\u{fffd}"),
    ] {
        let files = unpacked(short, 1, Limits::default()).unwrap();
        assert_eq!(files[0].1, said.as_bytes());
    }
}

#[test]
fn what_is_damaged_or_cut_short_is_refused() {
    let text = text();
    let whole = [
        gzip(&text),
        zip(&[("a.csv", &text)], Style::Plain),
        zip(&[("a.csv", &text)], Style::Descriptor),
    ];
    for file in whole {
        for cut in [5, 40, file.len() / 2, file.len() - 70] {
            let said = unpacked(&file[..cut], 100, Limits::default()).unwrap_err();
            assert!(said.contains("cut short"), "{cut}: {said}");
        }
        let mut refused = 0;
        for at in (70..file.len() - 80).step_by(11) {
            let mut bad = file.clone();
            bad[at] ^= 0x10;
            refused += usize::from(unpacked(&bad, 1_000, Limits::default()).is_err());
        }
        assert!(refused > 50, "{refused}");
    }
    let mut locked = zip(&[("a.csv", &text)], Style::Plain);
    locked[6] = 1;
    assert!(
        unpacked(&locked, 9, Limits::default())
            .unwrap_err()
            .contains("password")
    );
    let mut other = zip(&[("a.csv", &text)], Style::Plain);
    other[8] = 12;
    assert!(
        unpacked(&other, 9, Limits::default())
            .unwrap_err()
            .contains("method 12")
    );
}

#[test]
fn a_file_of_another_kind_is_named_with_what_to_do() {
    let workbook = zip(
        &[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", b"<workbook/>"),
            ("xl/worksheets/sheet1.xml", b"<worksheet/>"),
        ],
        Style::Plain,
    );
    let said = |path: &str, bytes: &[u8]| {
        let (mut unpacker, mut budget) = (Unpacker::new(path), Budget::new(Limits::default()));
        let mut nowhere = |_: Part<'_>| Ok(());
        let mut hand_over = |chunk: usize| {
            for chunk in bytes.chunks(chunk) {
                unpacker.push(chunk, &mut budget, &mut nowhere)?;
            }
            unpacker.finish(&mut nowhere)
        };
        hand_over(7)
            .err()
            .map(|error: IntakeError| error.to_string())
    };
    for (path, bytes, words) in [
        (
            "SPY.xlsx",
            workbook.as_slice(),
            "an Excel workbook, which is not read here: save the sheet",
        ),
        (
            "SPY.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "an old Excel workbook",
        ),
        ("SPY.csv", b"PAR1....", "a Parquet file"),
        ("SPY.csv", b"SQLite f", "a SQLite database"),
        ("SPY.csv.zst", b"\x28\xb5\x2f\xfd..", "packed with zstd"),
        (
            "xnas.ohlcv-1m.dbn.zst",
            b"\x28\xb5\x2f\xfd..",
            "Databento's DBN",
        ),
        ("SPY.json", b"[{\"t\":1}]", "JSON"),
        ("SPY.txt", b"{\"t\":1}", "JSON"),
        ("SPY.txt", b"[\n  [1711359000, 1]]", "JSON"),
        ("SPY.json.gz", &gzip(b"{\n \"t\":1}"), "JSON"),
        ("BTC.feather", b"ARROW1\0\0....", "a Feather or Arrow file"),
        ("BTC.dat", b"ARROW1\0\0....", "a Feather or Arrow file"),
        ("SPY.h5", b"\x89HDF\r\n\x1a\n....", "an HDF5 file"),
        ("SPY.pkl", b"\x80\x04\x95....", "a pickle of Python"),
        ("2024.hcc", b"\xf6\x01\0\0....", "MetaTrader's own history"),
        ("SPY.tar.gz", &gzip(b"SPY.csv\0\0\0\0"), "a tar archive"),
    ] {
        let said = said(path, bytes).unwrap_or_else(|| panic!("{path}"));
        assert!(
            said.starts_with(&format!("it is {words}")),
            "{path}: {said}"
        );
        assert!(said.ends_with("CSV is read, also in gzip or zip, Parquet and SQLite"));
    }
    for text in [
        &b"[time],[open],[high]\n"[..],
        b"{time};{open}\n",
        b"json,feather\n",
        b"DBX,1,2\n",
        b"DBND,2024-01-02,46.1\n",
    ] {
        assert_eq!(said("SPY.csv", text), None);
    }
    // a folder of that name
    let own = zip(&[("xl/SPY.csv", b"a,b\n")], Style::Plain);
    assert_eq!(said("SPY.zip", &own), None);
}

#[test]
fn a_workbook_in_a_zip_is_passed_over_beside_bars_and_refused_alone() {
    use super::super::{Kept, Reading, read_all};
    use crate::market::calendar::Calendar;
    let workbook = zip(
        &[
            ("[Content_Types].xml", b"<Types/>"),
            ("xl/workbook.xml", &text()),
            ("xl/worksheets/sheet1.xml", &text()),
        ],
        Style::Plain,
    );
    let bars =
        b"time,open,high,low,close\n2024-03-26T13:30:00Z,1,2,1,2\n2024-03-26T13:31:00Z,1,2,1,2\n";
    let whole = |members: &[(&str, &[u8])]| {
        let file = zip(members, Style::Plain);
        let reading = Reading::detect(Calendar::Nyse);
        let all = read_all(
            &[("SPY.zip", &file)],
            &reading,
            Limits::default(),
            Kept::default(),
        );
        all.map_err(|bad| bad.to_string())
    };
    let (book, bars) = (("a/SPY.xlsx", workbook.as_slice()), ("SPY.csv", &bars[..]));
    for members in [[book, bars], [bars, book]] {
        let (found, kept) = whole(&members).unwrap();
        assert_eq!(kept.rows.len(), 2);
        let is_note = |it: &&String| it.contains("SPY.zip/a/SPY.xlsx; where bars are");
        assert_eq!(
            found.warnings.iter().filter(is_note).count(),
            1,
            "{:?}",
            found.warnings
        );
    }
    let said = whole(&[book]).unwrap_err();
    assert!(said.starts_with("it is an Excel workbook"), "{said}");
}

#[test]
fn a_file_made_to_grow_is_refused_early() {
    let limits = Limits {
        files: 2,
        ..Limits::default()
    };
    let zeros = vec![b'0'; 4 << 20];
    let one = deflated(&zeros);
    assert!(zeros.len() / one.len() > 900);
    // sixty-four of them in one file, three of them one in another
    let bomb = zip(&[("a.csv", &vec![b'0'; 100 << 20])], Style::Plain);
    let said = unpacked(&bomb, 1 << 16, limits).unwrap_err();
    assert!(said.contains("unpacked"), "{said}");
    let nested = zip(&[("z.zip", &bomb)], Style::Plain);
    assert!(
        unpacked(&nested, 1 << 16, limits)
            .unwrap_err()
            .contains("unpacked")
    );
    let many = zip(&[("a", b"1"), ("b", b"1"), ("c", b"1")], Style::Plain);
    assert!(
        unpacked(&many, 9, limits)
            .unwrap_err()
            .contains("more than 2 files")
    );
}
