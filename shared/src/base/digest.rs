//! Canonical hashing: equal values give equal digests on every machine.
//!
//! Values are fed field by field in a fixed order, little-endian, counts as `u64`, texts with their length, −0 as 0. A
//! number that is not finite has no canonical form and makes the digest an error. The hash is BLAKE3.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A 256-bit digest, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The bytes of a digest, where they were kept as such.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first twelve hexadecimal digits: enough to compare by eye.
    pub fn short(&self) -> String {
        self.to_string().chars().take(12).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        blake3::Hash::from_hex(&text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| serde::de::Error::custom("a digest is 64 hexadecimal digits"))
    }
}

/// A number that is not finite was fed to a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a number that is not finite reached a digest; this is a defect of the program, please report it"
)]
pub struct NotFinite;

/// Gathers fields into a [`Digest`].
pub struct Hasher {
    inner: blake3::Hasher,
    /// Fields that wait to be hashed together: a call for each would cost more than the hashing.
    waiting: Vec<u8>,
    finite: bool,
}

/// So many bytes are hashed at a time, so that hashing runs at full width.
const BLOCK: usize = 16 * 1_024;
/// So many numbers of a column are hashed at a time.
const TOGETHER: usize = 8 * 1_024;

impl Hasher {
    /// A hasher for one kind of value; `domain` names the kind and its version ("atrium/bars/1").
    pub fn new(domain: &str) -> Self {
        let mut hasher = Self {
            inner: blake3::Hasher::new(),
            waiting: Vec::with_capacity(BLOCK),
            finite: true,
        };
        hasher.text(domain);
        hasher
    }

    fn feed(&mut self, bytes: &[u8]) {
        if self.waiting.len() + bytes.len() > BLOCK {
            self.flush();
        }
        self.waiting.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        self.inner.update(&self.waiting);
        self.waiting.clear();
    }

    /// Feeds a text with its length.
    pub fn text(&mut self, text: &str) {
        self.count(text.len());
        self.feed(text.as_bytes());
    }

    /// Feeds a count or an index, as `u64`.
    pub fn count(&mut self, count: usize) {
        self.u64(count as u64);
    }

    /// Feeds an unsigned number. Not inlined, as are the other numbers: there are hundreds of fields, in every program that hashes.
    #[inline(never)]
    pub fn u64(&mut self, value: u64) {
        self.feed(&value.to_le_bytes());
    }

    /// Feeds a signed number.
    pub fn i64(&mut self, value: i64) {
        self.u64(value.cast_unsigned());
    }

    /// Feeds a small code: a flag, or which variant of an enum follows.
    #[inline(never)]
    pub fn code(&mut self, code: u8) {
        self.feed(&[code]);
    }

    /// Feeds a finite number.
    #[inline(never)]
    pub fn f64(&mut self, value: f64) {
        self.finite &= value.is_finite();
        self.u64(canonical(value).to_bits());
    }

    /// Feeds a finite number that may be absent.
    pub fn option_f64(&mut self, value: Option<f64>) {
        self.code(u8::from(value.is_some()));
        self.f64(value.unwrap_or(0.0));
    }

    /// Feeds another digest.
    pub fn digest(&mut self, digest: &Digest) {
        self.feed(&digest.0);
    }

    /// Feeds a column of finite numbers with its length.
    pub fn f64_column(&mut self, column: &[f64]) {
        self.count(column.len());
        for some in column.chunks(TOGETHER) {
            self.flush();
            self.waiting.resize(size_of_val(some), 0);
            let (places, _) = self.waiting.as_chunks_mut();
            for (place, &value) in places.iter_mut().zip(some) {
                *place = canonical(value).to_le_bytes();
            }
            self.finite &= some.iter().fold(true, |all, value| all & value.is_finite());
        }
    }

    /// Feeds a column of signed numbers with its length.
    pub fn i64_column(&mut self, column: impl ExactSizeIterator<Item = i64>) {
        self.count(column.len());
        column.for_each(|value| self.i64(value));
    }

    /// The digest of all that was fed.
    ///
    /// # Errors
    /// [`NotFinite`] where a number was NaN or infinite.
    pub fn finish(mut self) -> Result<Digest, NotFinite> {
        self.inner.update(&self.waiting);
        if self.finite {
            Ok(Digest(*self.inner.finalize().as_bytes()))
        } else {
            Err(NotFinite)
        }
    }
}

/// −0 and 0 compare equal, so they must hash equal.
fn canonical(value: f64) -> f64 {
    value + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column_digest(column: &[f64]) -> Result<Digest, NotFinite> {
        let mut hasher = Hasher::new("test");
        hasher.f64_column(column);
        hasher.finish()
    }

    #[test]
    fn equal_values_hash_equal_and_others_do_not() {
        assert_eq!(column_digest(&[0.0]), column_digest(&[-0.0]));
        assert_ne!(column_digest(&[1.0]), column_digest(&[1.0 + f64::EPSILON]));
        assert_ne!(column_digest(&[]), column_digest(&[0.0]));
        assert_eq!(column_digest(&[1.0, f64::NAN]), Err(NotFinite));
        assert_eq!(column_digest(&[f64::INFINITY]), Err(NotFinite));
    }

    #[test]
    fn columns_hash_as_their_values_one_by_one() {
        let values: Vec<f64> = (0..20_300).map(|i| f64::from(i) * 0.37 - 3.7).collect();
        let mut one_by_one = Hasher::new("test");
        one_by_one.count(values.len());
        values.iter().for_each(|&v| one_by_one.f64(v));
        assert_eq!(one_by_one.finish(), column_digest(&values));
        let mut ints = Hasher::new("test");
        ints.i64_column((0..1_300i32).map(i64::from));
        let mut ints_one_by_one = Hasher::new("test");
        ints_one_by_one.count(1_300);
        (0..1_300).for_each(|i| ints_one_by_one.i64(i));
        assert_eq!(ints.finish(), ints_one_by_one.finish());
    }

    #[test]
    fn texts_do_not_run_together() {
        let pair = |a: &str, b: &str| {
            let mut hasher = Hasher::new("test");
            hasher.text(a);
            hasher.text(b);
            hasher.finish()
        };
        assert_ne!(pair("ab", "c"), pair("a", "bc"));
    }
}
