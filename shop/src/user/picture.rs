//! What kind of picture some bytes are. What a client calls them is not asked.

/// The kinds of pictures that an avatar may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Picture {
    /// PNG (RFC 2083).
    Png,
    /// JPEG.
    Jpeg,
    /// WebP (RFC 9649).
    Webp,
}

impl Picture {
    /// The kind, by the first bytes.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n', _, _, _, _, b'I', b'H', b'D', b'R', ..] => {
                Some(Self::Png)
            }
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// The ending of a file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Picture;

    #[test]
    fn the_bytes_decide() {
        assert_eq!(Picture::of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01"), Some(Picture::Png));
        assert_eq!(Picture::of(b"\xff\xd8\xff\xe0\0\x10JFIF"), Some(Picture::Jpeg));
        assert_eq!(Picture::of(b"RIFF\x24\0\0\0WEBPVP8 "), Some(Picture::Webp));
        for other in [&b"<html>"[..], b"", b"\x89PNG", b"GIF89a", b"RIFF\x24\0\0\0WAVEfmt ", b"<svg xmlns="] {
            assert_eq!(Picture::of(other), None);
        }
    }
}
