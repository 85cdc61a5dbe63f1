//! What is known of each language: the facts of Django's `LANG_INFO`.

/// A language's names and direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LanguageInfo {
    /// Its code, such as `zh-hans`.
    pub code: &'static str,
    /// Its English name.
    pub name: &'static str,
    /// Its own name for itself.
    pub name_local: &'static str,
    /// Whether it is written from right to left.
    pub bidi: bool,
}

/// The language of this code or, where it is not known, of the code before the last `-` part
/// (`get_language_info`).
pub fn language_info(code: &str) -> Option<LanguageInfo> {
    let find = |code: &str| {
        LANGUAGES
            .iter()
            .find(|(have, ..)| *have == code)
            .map(|&(code, name, name_local, bidi)| LanguageInfo { code, name, name_local, bidi })
    };
    find(fallback(code)).or_else(|| find(code.split('-').next()?))
}

/// All languages that Django knows, in the order of their codes.
pub fn all_languages() -> impl Iterator<Item = LanguageInfo> {
    LANGUAGES.iter().map(|&(code, name, name_local, bidi)| LanguageInfo { code, name, name_local, bidi })
}

/// Codes that were renamed (`LANG_INFO[code]["fallback"]`).
pub(crate) fn fallback(code: &str) -> &str {
    match code {
        "zh-cn" | "zh-my" | "zh-sg" => "zh-hans",
        "zh-hk" | "zh-mo" | "zh-tw" => "zh-hant",
        _ => code,
    }
}

const LANGUAGES: &[(&str, &str, &str, bool)] = &[
    ("af", "Afrikaans", "Afrikaans", false),
    ("ar", "Arabic", "العربيّة", true),
    ("ar-dz", "Algerian Arabic", "العربية الجزائرية", true),
    ("ast", "Asturian", "asturianu", false),
    ("az", "Azerbaijani", "Azərbaycanca", true),
    ("be", "Belarusian", "беларуская", false),
    ("bg", "Bulgarian", "български", false),
    ("bn", "Bengali", "বাংলা", false),
    ("br", "Breton", "brezhoneg", false),
    ("bs", "Bosnian", "bosanski", false),
    ("ca", "Catalan", "català", false),
    ("ckb", "Central Kurdish (Sorani)", "کوردی", true),
    ("cs", "Czech", "česky", false),
    ("cy", "Welsh", "Cymraeg", false),
    ("da", "Danish", "dansk", false),
    ("de", "German", "Deutsch", false),
    ("dsb", "Lower Sorbian", "dolnoserbski", false),
    ("el", "Greek", "Ελληνικά", false),
    ("en", "English", "English", false),
    ("en-au", "Australian English", "Australian English", false),
    ("en-gb", "British English", "British English", false),
    ("eo", "Esperanto", "Esperanto", false),
    ("es", "Spanish", "español", false),
    ("es-ar", "Argentinian Spanish", "español de Argentina", false),
    ("es-co", "Colombian Spanish", "español de Colombia", false),
    ("es-mx", "Mexican Spanish", "español de Mexico", false),
    ("es-ni", "Nicaraguan Spanish", "español de Nicaragua", false),
    ("es-ve", "Venezuelan Spanish", "español de Venezuela", false),
    ("et", "Estonian", "eesti", false),
    ("eu", "Basque", "Basque", false),
    ("fa", "Persian", "فارسی", true),
    ("fi", "Finnish", "suomi", false),
    ("fr", "French", "français", false),
    ("fy", "Frisian", "frysk", false),
    ("ga", "Irish", "Gaeilge", false),
    ("gd", "Scottish Gaelic", "Gàidhlig", false),
    ("gl", "Galician", "galego", false),
    ("he", "Hebrew", "עברית", true),
    ("hi", "Hindi", "हिंदी", false),
    ("hr", "Croatian", "Hrvatski", false),
    ("hsb", "Upper Sorbian", "hornjoserbsce", false),
    ("hu", "Hungarian", "Magyar", false),
    ("hy", "Armenian", "հայերեն", false),
    ("ia", "Interlingua", "Interlingua", false),
    ("id", "Indonesian", "Bahasa Indonesia", false),
    ("ig", "Igbo", "Asụsụ Ìgbò", false),
    ("io", "Ido", "ido", false),
    ("is", "Icelandic", "Íslenska", false),
    ("it", "Italian", "italiano", false),
    ("ja", "Japanese", "日本語", false),
    ("ka", "Georgian", "ქართული", false),
    ("kab", "Kabyle", "taqbaylit", false),
    ("kk", "Kazakh", "Қазақ", false),
    ("km", "Khmer", "Khmer", false),
    ("kn", "Kannada", "Kannada", false),
    ("ko", "Korean", "한국어", false),
    ("ky", "Kyrgyz", "Кыргызча", false),
    ("lb", "Luxembourgish", "Lëtzebuergesch", false),
    ("lt", "Lithuanian", "Lietuviškai", false),
    ("lv", "Latvian", "latviešu", false),
    ("mk", "Macedonian", "Македонски", false),
    ("ml", "Malayalam", "മലയാളം", false),
    ("mn", "Mongolian", "Mongolian", false),
    ("mr", "Marathi", "मराठी", false),
    ("ms", "Malay", "Bahasa Melayu", false),
    ("my", "Burmese", "မြန်မာဘာသာ", false),
    ("nb", "Norwegian Bokmal", "norsk (bokmål)", false),
    ("ne", "Nepali", "नेपाली", false),
    ("nl", "Dutch", "Nederlands", false),
    ("nn", "Norwegian Nynorsk", "norsk (nynorsk)", false),
    ("no", "Norwegian", "norsk", false),
    ("os", "Ossetic", "Ирон", false),
    ("pa", "Punjabi", "Punjabi", false),
    ("pl", "Polish", "polski", false),
    ("pt", "Portuguese", "Português", false),
    ("pt-br", "Brazilian Portuguese", "Português Brasileiro", false),
    ("ro", "Romanian", "Română", false),
    ("ru", "Russian", "Русский", false),
    ("sk", "Slovak", "slovensky", false),
    ("sl", "Slovenian", "Slovenščina", false),
    ("sq", "Albanian", "shqip", false),
    ("sr", "Serbian", "српски", false),
    ("sr-latn", "Serbian Latin", "srpski (latinica)", false),
    ("sv", "Swedish", "svenska", false),
    ("sw", "Swahili", "Kiswahili", false),
    ("ta", "Tamil", "தமிழ்", false),
    ("te", "Telugu", "తెలుగు", false),
    ("tg", "Tajik", "тоҷикӣ", false),
    ("th", "Thai", "ภาษาไทย", false),
    ("tk", "Turkmen", "Türkmençe", false),
    ("tr", "Turkish", "Türkçe", false),
    ("tt", "Tatar", "Татарча", false),
    ("udm", "Udmurt", "Удмурт", false),
    ("ug", "Uyghur", "ئۇيغۇرچە", true),
    ("uk", "Ukrainian", "Українська", false),
    ("ur", "Urdu", "اردو", true),
    ("uz", "Uzbek", "oʻzbek tili", false),
    ("vi", "Vietnamese", "Tiếng Việt", false),
    ("zh-hans", "Simplified Chinese", "简体中文", false),
    ("zh-hant", "Traditional Chinese", "繁體中文", false),
];
