//! The bytes of a file, piece by piece.

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// How much is read at once: enough that the steps do not count, little enough that a cancellation is heard soon.
const CHUNK: f64 = 4_194_304.0;

/// From where to where each piece of a file of a size goes.
pub(super) fn chunks(size: f64) -> impl Iterator<Item = (f64, f64)> {
    let end = move |from: f64| {
        if from + CHUNK < size {
            from + CHUNK
        } else {
            size
        }
    };
    let next = move |from: f64| (from < size).then_some((from, end(from)));
    core::iter::successors(next(0.0), move |(_, to)| next(*to))
}

/// A piece of a file.
pub(super) async fn chunk(file: &File, from: f64, to: f64) -> Result<Vec<u8>, String> {
    let gone = || {
        format!(
            "{} cannot be read any more: it was moved or changed. Choose it again.",
            file.name()
        )
    };
    let piece = file.slice_with_f64_and_f64(from, to).map_err(|_| gone())?;
    let buffer = JsFuture::from(piece.array_buffer())
        .await
        .map_err(|_| gone())?;
    let buffer: ArrayBuffer = buffer.dyn_into().map_err(|_| gone())?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_a_file_once() {
        let all = |size| chunks(size).collect::<Vec<_>>();
        assert_eq!(all(0.0), []);
        assert_eq!(all(1.0), [(0.0, 1.0)]);
        assert_eq!(all(CHUNK), [(0.0, CHUNK)]);
        assert_eq!(all(CHUNK + 1.0), [(0.0, CHUNK), (CHUNK, CHUNK + 1.0)]);
    }
}
