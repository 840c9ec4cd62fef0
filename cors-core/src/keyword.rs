//! Values that are one of a few words, in a table for each.

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),* }) => {
        impl $name {
            /// Every value, in the order of the reference.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The value as it is written.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),*
                }
            }

            /// The value that is written exactly like this.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}
pub(crate) use words;

/// The word that someone meant who wrote another one: a misspelling, or the
/// beginning of it.
#[cfg(feature = "config")]
pub(crate) fn meant_word<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let word = word.to_ascii_lowercase();
    let begun = || known.iter().copied().find(|known| word.len() > 2 && known.starts_with(&word));
    crate::nearest(&word, known.iter().copied()).or_else(begun)
}
