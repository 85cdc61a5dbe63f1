//! The names of Python's codecs (CPython 3.11, `encodings.aliases`), normalised.

use super::Kind;

/// Codecs that this crate decodes and encodes, each with its names.
pub(super) const SUPPORTED: &[(Kind, &str)] = &[
    (
        Kind::Ascii,
        "646 ansi_x3.4_1968 ansi_x3.4_1986 ansi_x3_4_1968 ascii cp367 csascii ibm367 iso646_us iso_646.irv_1991 iso_ir_6 us us_ascii",
    ),
    (Kind::Other(encoding_rs::BIG5), "big5 big5_tw csbig5 x_mac_trad_chinese"),
    (Kind::Other(encoding_rs::BIG5), "big5_hkscs big5hkscs hkscs"),
    (Kind::Other(encoding_rs::WINDOWS_1250), "1250 cp1250 windows_1250"),
    (Kind::Other(encoding_rs::WINDOWS_1251), "1251 cp1251 windows_1251"),
    (Kind::Other(encoding_rs::WINDOWS_1252), "1252 cp1252 windows_1252"),
    (Kind::Other(encoding_rs::WINDOWS_1253), "1253 cp1253 windows_1253"),
    (Kind::Other(encoding_rs::WINDOWS_1254), "1254 cp1254 windows_1254"),
    (Kind::Other(encoding_rs::WINDOWS_1255), "1255 cp1255 windows_1255"),
    (Kind::Other(encoding_rs::WINDOWS_1256), "1256 cp1256 windows_1256"),
    (Kind::Other(encoding_rs::WINDOWS_1257), "1257 cp1257 windows_1257"),
    (Kind::Other(encoding_rs::WINDOWS_1258), "1258 cp1258 windows_1258"),
    (Kind::Other(encoding_rs::IBM866), "866 cp866 csibm866 ibm866"),
    (Kind::Other(encoding_rs::WINDOWS_874), "cp874"),
    (Kind::Other(encoding_rs::SHIFT_JIS), "932 cp932 ms932 ms_kanji mskanji"),
    (Kind::Other(encoding_rs::EUC_KR), "949 cp949 ms949 uhc"),
    (Kind::Other(encoding_rs::BIG5), "950 cp950 ms950"),
    (Kind::Other(encoding_rs::EUC_JP), "euc_jp eucjp u_jis ujis"),
    (
        Kind::Other(encoding_rs::EUC_KR),
        "euc_kr euckr korean ks_c_5601 ks_c_5601_1987 ks_x_1001 ksc5601 ksx1001 x_mac_korean",
    ),
    (Kind::Other(encoding_rs::GB18030), "gb18030 gb18030_2000"),
    (
        Kind::Other(encoding_rs::GBK),
        "chinese csiso58gb231280 euc_cn euccn eucgb2312_cn gb2312 gb2312_1980 gb2312_80 iso_ir_58 x_mac_simp_chinese",
    ),
    (Kind::Other(encoding_rs::GBK), "936 cp936 gbk ms936"),
    (Kind::Other(encoding_rs::ISO_2022_JP), "csiso2022jp iso2022_jp iso2022jp iso_2022_jp"),
    (
        Kind::Latin1,
        "8859 cp819 csisolatin1 ibm819 iso8859 iso8859_1 iso_8859_1 iso_8859_1_1987 iso_ir_100 l1 latin latin1 latin_1",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_10),
        "csisolatin6 iso8859_10 iso_8859_10 iso_8859_10_1992 iso_ir_157 l6 latin6",
    ),
    (Kind::Other(encoding_rs::WINDOWS_874), "iso8859_11 iso_8859_11 iso_8859_11_2001 thai"),
    (Kind::Other(encoding_rs::ISO_8859_13), "iso8859_13 iso_8859_13 l7 latin7"),
    (
        Kind::Other(encoding_rs::ISO_8859_14),
        "iso8859_14 iso_8859_14 iso_8859_14_1998 iso_celtic iso_ir_199 l8 latin8",
    ),
    (Kind::Other(encoding_rs::ISO_8859_15), "iso8859_15 iso_8859_15 l9 latin9"),
    (Kind::Other(encoding_rs::ISO_8859_16), "iso8859_16 iso_8859_16 iso_8859_16_2001 iso_ir_226 l10 latin10"),
    (
        Kind::Other(encoding_rs::ISO_8859_2),
        "csisolatin2 iso8859_2 iso_8859_2 iso_8859_2_1987 iso_ir_101 l2 latin2",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_3),
        "csisolatin3 iso8859_3 iso_8859_3 iso_8859_3_1988 iso_ir_109 l3 latin3",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_4),
        "csisolatin4 iso8859_4 iso_8859_4 iso_8859_4_1988 iso_ir_110 l4 latin4",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_5),
        "csisolatincyrillic cyrillic iso8859_5 iso_8859_5 iso_8859_5_1988 iso_ir_144",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_6),
        "arabic asmo_708 csisolatinarabic ecma_114 iso8859_6 iso_8859_6 iso_8859_6_1987 iso_ir_127",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_7),
        "csisolatingreek ecma_118 elot_928 greek greek8 iso8859_7 iso_8859_7 iso_8859_7_1987 iso_ir_126",
    ),
    (
        Kind::Other(encoding_rs::ISO_8859_8),
        "csisolatinhebrew hebrew iso8859_8 iso_8859_8 iso_8859_8_1988 iso_ir_138",
    ),
    (
        Kind::Other(encoding_rs::WINDOWS_1254),
        "csisolatin5 iso8859_9 iso_8859_9 iso_8859_9_1989 iso_ir_148 l5 latin5",
    ),
    (Kind::Other(encoding_rs::KOI8_R), "cskoi8r koi8_r"),
    (Kind::Other(encoding_rs::KOI8_U), "koi8_u"),
    (Kind::Other(encoding_rs::X_MAC_CYRILLIC), "mac_cyrillic maccyrillic"),
    (Kind::Other(encoding_rs::MACINTOSH), "mac_roman macintosh macroman"),
    (Kind::Other(encoding_rs::SHIFT_JIS), "csshiftjis s_jis shift_jis shiftjis sjis x_mac_japanese"),
    (
        Kind::Other(encoding_rs::WINDOWS_874),
        "iso_ir_166 tis620 tis_620 tis_620_0 tis_620_2529_0 tis_620_2529_1",
    ),
    (Kind::Utf8, "cp65001 u8 utf utf8 utf8_ucs2 utf8_ucs4 utf_8"),
];

/// Names that Python knows and this crate does not decode.
pub(super) const KNOWN: &str = "\
    base64 base64_codec base_64 bz2 bz2_codec charmap 037 cp037 csibm037 ebcdic_cp_ca ebcdic_cp_nl \
    ebcdic_cp_us ebcdic_cp_wt ibm037 ibm039 cp1006 1026 cp1026 csibm1026 ibm1026 1125 cp1125 cp866u \
    ibm1125 ruscii 1140 cp1140 ibm1140 273 cp273 csibm273 ibm273 424 cp424 csibm424 ebcdic_cp_he ibm424 \
    437 cp437 cspc8codepage437 ibm437 500 cp500 csibm500 ebcdic_cp_be ebcdic_cp_ch ibm500 cp720 cp737 \
    775 cp775 cspc775baltic ibm775 850 cp850 cspc850multilingual ibm850 852 cp852 cspcp852 ibm852 855 \
    cp855 csibm855 ibm855 cp856 857 cp857 csibm857 ibm857 858 cp858 csibm858 ibm858 860 cp860 csibm860 \
    ibm860 861 cp861 cp_is csibm861 ibm861 862 cp862 cspc862latinhebrew ibm862 863 cp863 csibm863 ibm863 \
    864 cp864 csibm864 ibm864 865 cp865 csibm865 ibm865 869 cp869 cp_gr csibm869 ibm869 cp875 \
    euc_jis2004 euc_jis_2004 eucjis2004 jisx0213 euc_jisx0213 eucjisx0213 hex hex_codec cp1051 hp_roman8 \
    ibm1051 r8 roman8 hz hz_gb hz_gb_2312 hzgb idna iso2022_jp_1 iso2022jp_1 iso_2022_jp_1 iso2022_jp_2 \
    iso2022jp_2 iso_2022_jp_2 iso2022_jp_2004 iso2022jp_2004 iso_2022_jp_2004 iso2022_jp_3 iso2022jp_3 \
    iso_2022_jp_3 iso2022_jp_ext iso2022jp_ext iso_2022_jp_ext csiso2022kr iso2022_kr iso2022kr \
    iso_2022_kr cp1361 johab ms1361 koi8_t kz1048 kz_1048 rk1048 strk1048_2002 mac_arabic mac_croatian \
    mac_farsi mac_greek macgreek mac_iceland maciceland mac_centeuro mac_latin2 maccentraleurope \
    maclatin2 mac_romanian mac_turkish macturkish palmos cp154 csptcp154 cyrillic_asian pt154 ptcp154 \
    punycode quopri quopri_codec quoted_printable quotedprintable raw_unicode_escape rot13 rot_13 \
    s_jis_2004 shift_jis_2004 shiftjis2004 sjis_2004 s_jisx0213 shift_jisx0213 shiftjisx0213 sjisx0213 \
    undefined unicode_escape u16 utf16 utf_16 unicodebigunmarked utf_16_be utf_16be \
    unicodelittleunmarked utf_16_le utf_16le u32 utf32 utf_32 utf_32_be utf_32be utf_32_le utf_32le u7 \
    unicode_1_1_utf_7 utf7 utf_7 utf_8_sig uu uu_codec zip zlib zlib_codec \
";
