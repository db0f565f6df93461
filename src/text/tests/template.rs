//! Tests of `template` against results of CPython 3.14.
//!
//! `template_cases.txt` has two kinds of lines: `P` template and what `_string.formatter_parser` gives
//! (literal, name, conversion, specification per part), `F` name and what `_string.formatter_field_name_split`
//! gives; `!` and the text of a ValueError.

use crate::text::template::*;

fn text(template: &str, range: &std::ops::Range<usize>) -> String {
    template[range.clone()].to_owned()
}

fn parse(template: &str) -> Result<String, TemplateError> {
    let mut out = Vec::new();
    for part in parts(template.as_bytes()) {
        let part = part?;
        let mut fields = vec![text(template, &part.literal)];
        if let Some(field) = &part.field {
            fields.push(text(template, &field.name));
            let conversion = field.conversion.and_then(char::from_u32);
            fields.push(conversion.map_or(String::new(), String::from));
            fields.push(text(template, &field.spec));
        }
        out.push(fields.join("|"));
    }
    Ok(out.join("~"))
}

fn show(name: &str, key: &Key) -> String {
    match key {
        Key::Index(index) => format!("#{index}"),
        Key::Name(range) => text(name, range),
    }
}

fn split(name: &str) -> Result<String, TemplateError> {
    let (first, steps) = path(name.as_bytes())?;
    let mut out = vec![show(name, &first)];
    for step in steps {
        out.push(match step? {
            Step::Attribute(range) => format!(".{}", text(name, &range)),
            Step::Item(key) => format!("[{}", show(name, &key)),
        });
    }
    Ok(out.join("~"))
}

#[test]
fn cases() {
    for line in include_str!("template_cases.txt").lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let found = if fields[0] == "P" {
            parse(fields[1])
        } else {
            split(fields[1])
        };
        let found = found.unwrap_or_else(|error| format!("!{}", error.0));
        assert_eq!(found, fields[2], "{line}");
    }
}

#[test]
fn numbering() {
    let mut numbering = Numbering::default();
    assert_eq!(
        (numbering.automatic(), numbering.automatic()),
        (Ok(0), Ok(1))
    );
    assert!(numbering.manual().is_err());
    let mut numbering = Numbering::default();
    assert!(numbering.manual().is_ok() && numbering.automatic().is_err());
}
