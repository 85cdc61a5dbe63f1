//! Tag libraries: the tags and filters that every template knows, and those it must `{% load %}`.

use super::error::TemplateError;
use super::filters::{self, Filter};
use super::parser::{Parser, TagToken};
use super::tags::{self, control, cycle, i18n, inherit, links, localize, misc, text};

/// Reads one tag and its body.
pub(crate) type ParseTag = for<'s> fn(&mut Parser<'s>, TagToken<'s>) -> Result<(), TemplateError>;

/// A named set of tags and filters.
#[derive(Debug)]
pub(crate) struct Library {
    pub(crate) name: &'static str,
    tags: &'static [(&'static str, ParseTag)],
    filters: &'static [&'static [Filter]],
}

impl Library {
    pub(crate) fn tag(&self, name: &str) -> Option<ParseTag> {
        self.tags.iter().find(|(have, _)| *have == name).map(|(_, parse)| *parse)
    }

    pub(crate) fn filter(&self, name: &str) -> Option<&'static Filter> {
        self.filters.iter().copied().flatten().find(|filter| filter.name == name)
    }
}

/// What `{% load name %}` finds.
pub(crate) fn find(name: &str) -> Option<&'static Library> {
    LIBRARIES.iter().find(|library| library.name == name)
}

/// The names that `{% load %}` knows, in order.
pub(crate) fn names() -> Vec<&'static str> {
    LIBRARIES.iter().map(|library| library.name).collect()
}

pub(crate) static BUILTINS: Library = Library {
    name: "",
    tags: &[
        ("autoescape", localize::autoescape),
        ("block", inherit::block),
        ("comment", text::comment),
        ("csrf_token", links::csrf_token),
        ("cycle", cycle::cycle),
        ("debug", misc::debug),
        ("extends", inherit::extends),
        ("filter", text::filter),
        ("firstof", misc::firstof),
        ("for", control::for_),
        ("if", control::if_),
        ("ifchanged", control::ifchanged),
        ("include", inherit::include),
        ("load", tags::load),
        ("lorem", tags::unsupported),
        ("now", misc::now),
        ("querystring", links::querystring),
        ("regroup", misc::regroup),
        ("resetcycle", cycle::resetcycle),
        ("spaceless", text::spaceless),
        ("templatetag", text::templatetag),
        ("url", links::url),
        ("verbatim", text::verbatim),
        ("widthratio", misc::widthratio),
        ("with", control::with),
    ],
    filters: &[
        filters::text::FILTERS,
        filters::html::FILTERS,
        filters::urlize::FILTERS,
        filters::truncate::FILTERS,
        filters::number::FILTERS,
        filters::list::FILTERS,
        filters::date::FILTERS,
        filters::logic::FILTERS,
        filters::stringformat::FILTERS,
    ],
};

static LIBRARIES: [Library; 6] = [
    Library { name: "cache", tags: &[("cache", tags::unsupported)], filters: &[] },
    Library { name: "humanize", tags: &[], filters: &[filters::humanize::FILTERS] },
    Library {
        name: "i18n",
        tags: &[
            ("blocktrans", i18n::blocktranslate),
            ("blocktranslate", i18n::blocktranslate),
            ("get_available_languages", i18n::get_available_languages),
            ("get_current_language", i18n::get_current_language),
            ("get_current_language_bidi", i18n::get_current_language_bidi),
            ("get_language_info", i18n::get_language_info),
            ("get_language_info_list", i18n::get_language_info_list),
            ("language", localize::language),
            ("trans", i18n::translate),
            ("translate", i18n::translate),
        ],
        filters: &[filters::language::FILTERS],
    },
    Library {
        name: "l10n",
        tags: &[("localize", localize::localize)],
        filters: &[filters::localize::FILTERS],
    },
    Library {
        name: "static",
        tags: &[
            ("get_media_prefix", links::get_media_prefix),
            ("get_static_prefix", links::get_static_prefix),
            ("static", links::static_),
        ],
        filters: &[],
    },
    Library {
        name: "tz",
        tags: &[
            ("get_current_timezone", localize::get_current_timezone),
            ("localtime", localize::localtime),
            ("timezone", localize::timezone),
        ],
        filters: &[filters::timezone::FILTERS],
    },
];
