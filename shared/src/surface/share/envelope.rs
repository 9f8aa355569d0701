//! The outside of a link: version, base64url, checksum.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{BadLink, MAX_BYTES};

const CHECKSUM_DIGITS: usize = 8;

/// CRC-32 (ISO 3309) without its table, which would be 16 KB of the page's first file for texts that are short.
const CRC: crc::Crc<u32, crc::NoTable> = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);

/// The checksum of a text, as hexadecimal digits.
fn checksum(text: &str) -> String {
    format!("{:08x}", CRC.checksum(text.as_bytes()))
}

/// Bytes of a version as text.
pub(super) fn seal(version: u32, body: &[u8]) -> String {
    let text = format!("{version}.{}", URL_SAFE_NO_PAD.encode(body));
    let checksum = checksum(&text);
    format!("{text}.{checksum}")
}

/// The version, up to one that is known, and the bytes of a text: a URL, its fragment or the link alone, blanks around it left out.
pub(super) fn open(text: &str, known: u32) -> Result<(u32, Vec<u8>), BadLink> {
    if text.len() > MAX_BYTES {
        return Err(BadLink::TooLong { bytes: text.len() });
    }
    let link = inner(text.trim());
    let characters = link.chars().count();
    let damaged = |what| BadLink::Damaged { what, characters };
    let (version, rest) = link.split_once('.').ok_or(BadLink::NoLink)?;
    // a sign or a nought before it would make a second text of one link
    let digits = version.bytes().all(|byte| byte.is_ascii_digit()) && !version.starts_with('0');
    let version = match version.parse::<u32>() {
        Ok(version) if digits && version > 0 => version,
        _ => return Err(BadLink::NoLink),
    };
    // what follows has the form of its version, so that comes first
    if version > known {
        return Err(BadLink::Newer { version, known });
    }
    let (body, sum) = rest.rsplit_once('.').ok_or(damaged("its end is missing"))?;
    if sum.len() != CHECKSUM_DIGITS {
        return Err(damaged("its end is cut off or has more behind it"));
    }
    let told = format!("{version}.{body}");
    if checksum(&told) != sum {
        return Err(damaged("its checksum does not fit"));
    }
    match URL_SAFE_NO_PAD.decode(body) {
        Ok(bytes) => Ok((version, bytes)),
        Err(_) => Err(BadLink::Malformed("its body is no base64url")),
    }
}

/// The link inside a URL or a fragment; a parameter behind it is none of its.
fn inner(text: &str) -> &str {
    let after = text.rsplit_once("?c=").or_else(|| text.rsplit_once("&c="));
    let link = after.map_or(text, |(_, link)| link);
    let link = link.strip_prefix("c=").unwrap_or(link);
    link.split('&').next().unwrap_or(link)
}
