//! Tests of reading tables.

use proptest::prelude::*;

use super::*;
use crate::base::time::Timestamp;
use crate::market::intake::TimeZoneChoice;

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let table = Table::read(text.as_bytes(), Limits::default()).map_err(|bad| bad.to_string())?;
    let mut rows = vec![table.columns.iter().map(ToString::to_string).collect()];
    let taken = table.for_each_row(|row| {
        rows.push(row.fields.iter().map(ToString::to_string).collect());
        Ok(())
    });
    taken.map_err(|bad| bad.to_string())?;
    Ok(rows)
}

#[test]
fn separators_quotes_and_line_ends_are_read_as_they_are_written() {
    let expected: Vec<Vec<String>> = [["time", "a b"], ["1", "x, \"y\""]]
        .iter()
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect();
    for text in [
        "time,a b\n1,\"x, \"\"y\"\"\"\n",
        "\u{feff}time,a b\r\n1,\"x, \"\"y\"\"\"",
        "\n  \ntime;a b\n\n1;x, \"y\"\n\n",
        "time\ta b\n1\t\"x, \"\"y\"\"\" ",
        " \"time\" , a b \n \"1\" , \"x, \"\"y\"\"\" \n",
    ] {
        assert_eq!(rows(text), Ok(expected.clone()), "{text:?}");
    }
    let empty_fields = rows("a,b,c\n,,\n").unwrap();
    assert_eq!(empty_fields[1], ["", "", ""]);
    let tabs = rows("a\tb\n\t\"2\"\n").unwrap();
    assert_eq!(tabs[1], ["", "2"]);
}

#[test]
fn a_file_that_is_no_table_is_refused_with_its_line() {
    for (text, words) in [
        ("", "the file is empty"),
        ("\n \r\n", "the file is empty"),
        ("a,b\n1,2\n1,2,3\n", "line 3 has 3 fields"),
        ("a,b\n1\n", "line 2 has 1 fields"),
        ("a,b\n\"1,2\n", "line 2: the quotation marks"),
        ("a,b\n\"1\"x,2\n", "line 2: the quotation marks"),
        ("\"a,b\n", "line 1: the quotation marks"),
    ] {
        let refused = rows(text).unwrap_err();
        assert!(refused.starts_with(words), "{text:?}: {refused}");
    }
    let not_text = Table::read(b"a,b\n1,\xff\n", Limits::default());
    assert_eq!(not_text, Err(BadTable::NotText { line: 2 }));
}

#[test]
fn limits_are_kept() {
    let tight = Limits {
        bytes: 20,
        rows: 2,
        columns: 3,
    };
    let all = |text: &str| {
        let table = Table::read(text.as_bytes(), tight)?;
        table.for_each_row(|_| Ok(()))
    };
    assert_eq!(all("a,b,c\n1,2,3\n1,2,3\n"), Ok(()));
    for (text, words) in [
        ("a,b\n1,2\n1,2\n1,2\n", "line 4: there are more than 2 rows"),
        ("a,b,c,d\n", "line 1: there are more than 3 columns"),
        ("a,b\n1,2,3,4\n", "line 2: there are more than 3 columns"),
        ("a,b\n1,2\n1,2\n\n\n\n\n\n\n\n\n\n", "the file has 21 bytes"),
    ] {
        let refused = all(text).unwrap_err().to_string();
        assert!(refused.starts_with(words), "{refused}");
    }
}

#[test]
fn columns_are_found_by_known_names_in_any_case_or_as_they_were_given() {
    let table = Table::read(b"Date,TIME,x,x,Value\n", Limits::default()).unwrap();
    let name = |role, given| table.find(role, given).map(|found| found.map(|c| c.name()));
    assert_eq!(name(TIME, None), Ok(Some("TIME")));
    assert_eq!(name(TIME, Some("Date")), Ok(Some("Date")));
    let other = Role {
        name: "size",
        known: &["size", "x"],
    };
    assert!(matches!(
        name(other, None),
        Err(BadTable::AmbiguousColumn { .. })
    ));
    let missing = name(TIME, Some("date")).unwrap_err().to_string();
    assert!(missing.contains("Date, TIME, x, x, Value"), "{missing}");
    let none = Role {
        name: "size",
        known: &["size", "quantity"],
    };
    assert_eq!(name(none, None), Ok(None));
    let needed = table.need(none, None).unwrap_err().to_string();
    assert!(needed.contains("size or quantity"), "{needed}");
}

#[test]
fn fields_are_numbers_times_and_flags_or_say_what_they_should_be() {
    let field = |text| Field {
        line: 7,
        column: "v",
        text,
    };
    assert_eq!(field("1e3").number().unwrap().to_string(), "1000");
    assert_eq!(field("NaN").optional_number().unwrap(), None);
    assert_eq!(
        (field("True").flag(), field("0").flag()),
        (Ok(true), Ok(false))
    );
    let time = field("2024-03-26T13:30:00Z").time(TimeZoneChoice::Utc);
    assert_eq!(time, Ok(Timestamp::from_seconds(1_711_459_800)));
    for bad in [
        field("1,5").number().unwrap_err(),
        field("inf").number().unwrap_err(),
        field("").number().unwrap_err(),
        field("maybe").flag().unwrap_err(),
        field("soon").time(TimeZoneChoice::Utc).unwrap_err(),
        field("1066-10-14T09:00:00Z")
            .time(TimeZoneChoice::Utc)
            .unwrap_err(),
    ] {
        let bad = bad.to_string();
        assert!(bad.starts_with("line 7, column \"v\": \""), "{bad}");
    }
}

proptest! {
    #[test]
    fn nothing_panics_whatever_the_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(table) = Table::read(&bytes, Limits::default()) {
            drop(table.for_each_row(|_| Ok(())));
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(fields in proptest::collection::vec("[^\\n\\r\\p{Cc}]{0,12}", 2..6)) {
        let line = |f: &dyn Fn(&String) -> String| fields.iter().map(f).collect::<Vec<_>>().join(",");
        let quoted = line(&|field| format!("\"{}\"", field.replace('"', "\"\"")));
        let text = format!("{}\n{quoted}\n", line(&|_| "c".to_owned()));
        let read = rows(&text).unwrap();
        prop_assert_eq!(&read[1], &fields);
    }
}
