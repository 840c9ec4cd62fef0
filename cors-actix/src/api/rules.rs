//! Rules in code: for the application, for paths, and under a name.

use cors_core::{Element, Rules, Source};

/// The rules of one layer: a group of paths, or a named policy.
///
/// A setting that is left out is inherited. Every method has the name of its setting in
/// `cors.toml`; nothing is checked before the whole is. Of two calls for one setting the later
/// one counts; `_add` and `_remove` edit what an earlier call set. Lists may be text, arrays,
/// slices, vectors and sets.
///
/// ```
/// use cors_actix::{Cors, rules};
///
/// let cors = Cors::builder()
///     .origins(["https://app.example"])
///     .credentials(true)
///     .policy("open", rules().origins_any())
///     .paths("/public/**", rules().policy("open"))
///     .paths("/beta/**", rules().origins_add(["https://beta.example"]).credentials(false))
///     .build()?;
/// # let _ = cors;
/// # Ok::<(), cors_actix::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "rules have no effect until they are given to a builder"]
pub struct CorsRules {
    pub(crate) rules: Rules,
}

/// Rules without settings: see [`CorsRules`].
#[track_caller]
pub const fn rules() -> CorsRules {
    CorsRules { rules: Rules::new(Source::caller()) }
}

/// An origin or a pattern, for a list that also has regexes or sets.
///
/// ```
/// use cors_actix::{Cors, origin, regex, set};
///
/// let cors = Cors::builder()
///     .set("partners", ["https://partner.example"])
///     .origins([
///         origin("https://app.example"),
///         regex(r"https://pr-\d+\.preview\.example"),
///         set("partners"),
///     ])
///     .build()?;
/// # let _ = cors;
/// # Ok::<(), cors_actix::Error>(())
/// ```
#[track_caller]
#[must_use]
pub fn origin(pattern: impl Into<String>) -> Element {
    Element::plain(pattern.into(), Source::caller())
}

/// A regular expression over whole origins, always anchored: see [`origin`].
#[track_caller]
#[must_use]
pub fn regex(pattern: impl Into<String>) -> Element {
    Element::regex(pattern.into(), Source::caller())
}

/// The origins of a named set: see [`origin`].
#[track_caller]
#[must_use]
pub fn set(name: impl Into<String>) -> Element {
    Element::set(name.into(), Source::caller())
}

impl CorsRules {
    /// Starts from a named policy instead of what is inherited.
    #[track_caller]
    pub fn policy(self, name: impl Into<String>) -> Self {
        let source = Source::caller();
        self.edit(|rules| rules.policy(name.into(), source))
    }

    /// Starts from the baseline, which allows no origin, instead of what is
    /// inherited.
    #[track_caller]
    pub fn replace(self) -> Self {
        let source = Source::caller();
        self.edit(|rules| rules.replace(source))
    }

    /// Leaves requests and responses alone, preflights included: for gateways and handlers
    /// that answer CORS themselves.
    ///
    /// ```
    /// use cors_actix::{Cors, rules};
    ///
    /// let cors = Cors::builder()
    ///     .origins(["https://app.example"])
    ///     .paths("/gateway/**", rules().passthrough())
    ///     .build()?;
    /// # Ok::<(), cors_actix::Error>(())
    /// ```
    #[track_caller]
    pub fn passthrough(self) -> Self {
        let source = Source::caller();
        self.edit(|rules| rules.passthrough(source))
    }

    fn edit(self, edit: impl FnOnce(Rules) -> Rules) -> Self {
        Self { rules: edit(self.rules) }
    }
}

/// The methods that set a setting, for every type with an `edit`.
macro_rules! settings {
    ($builder:ident) => {
        impl $builder {
            /// No CORS here.
            #[track_caller]
            pub fn off(self) -> Self {
                let source = cors_core::Source::caller();
                self.edit(|rules| rules.off(source))
            }

            $crate::api::rules::settings! { @list
                /// The allowed origins: origin patterns, or [`origin`](crate::origin)s where
                /// regular expressions or sets are among them.
                origins, Origins;
                /// Adds origins to those that are inherited.
                origins_add, Origins, Add;
                /// Removes origins from those that are inherited.
                origins_remove, Origins, Remove;
                /// The allowed methods.
                methods, Methods;
                /// Adds methods to those that are inherited.
                methods_add, Methods, Add;
                /// Removes methods from those that are inherited.
                methods_remove, Methods, Remove;
                /// The allowed request headers.
                headers, Headers;
                /// Adds request headers to those that are inherited.
                headers_add, Headers, Add;
                /// Removes request headers from those that are inherited.
                headers_remove, Headers, Remove;
                /// The response headers that scripts may read, beside the safelisted ones.
                expose, Expose;
                /// Adds exposed response headers to those that are inherited.
                expose_add, Expose, Add;
                /// Removes exposed response headers from those that are inherited.
                expose_remove, Expose, Remove;
            }

            $crate::api::rules::settings! { @list
                /// Adds origins to those that may send credentials.
                credentials_add, Credentials, Add;
                /// Removes origins from those that may send credentials.
                credentials_remove, Credentials, Remove;
            }

            $crate::api::rules::settings! { @any
                /// Allows every origin, without credentials.
                origins_any, Origins, Any;
                /// Allows any method.
                methods_any, Methods, Any;
                /// Allows any request header except `authorization`.
                headers_any, Headers, Any;
                /// Allows any request header, `authorization` included.
                headers_any_with_authorization, Headers, AnyWithAuthorization;
                /// Scripts may read all response headers. For origins with credentials, the
                /// names of each response's headers are listed.
                expose_any, Expose, Any;
            }

            /// Whether responses to requests with cookies may be read: by all allowed
            /// origins (`true`), by none, or by those in a list, which the allowed origins
            /// have to cover.
            #[track_caller]
            pub fn credentials(self, value: impl cors_core::IntoCredentials) -> Self {
                let source = cors_core::Source::caller();
                let value = value.into_credentials(&source);
                self.edit(|rules| rules.amend(value, source))
            }

            $crate::api::rules::settings! { @flag
                /// Whether public sites may reach this server in a private network.
                private_network, PrivateNetwork;
                /// Whether a disallowed cross-origin request is refused with 403.
                enforce, Enforce;
                /// Allows credentials for origins that the network can tamper with.
                danger_allow_insecure_origins, DangerAllowInsecureOrigins;
                /// Allows credentials for every subdomain of a public suffix.
                danger_allow_public_suffixes, DangerAllowPublicSuffixes;
                /// Allows the origin `null`, which any page can send.
                danger_allow_null_origin, DangerAllowNullOrigin;
            }

            /// How long browsers may remember a preflight: seconds, or `"10m"`.
            #[track_caller]
            pub fn max_age(self, value: impl Into<cors_core::MaxAgeValue>) -> Self {
                let source = cors_core::Source::caller();
                let value = cors_core::ClauseKind::MaxAge(value.into(), source.clone());
                self.edit(|rules| rules.amend(value, source))
            }
        }
    };
    (@list $($(#[$doc:meta])* $name:ident, $setting:ident $(, $op:ident)?;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(self, list: impl cors_core::IntoListValue) -> Self {
            let source = cors_core::Source::caller();
            let op = $crate::api::rules::settings!(@op $($op)?);
            let list = list.into_list_value(&source);
            let list = cors_core::ClauseKind::List(cors_core::Setting::$setting, op, list);
            self.edit(|rules| rules.amend(list, source))
        }
    )*};
    (@any $($(#[$doc:meta])* $name:ident, $setting:ident, $keyword:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(self) -> Self {
            let source = cors_core::Source::caller();
            let any = cors_core::ListValue::$keyword(source.clone());
            let (setting, op) = (cors_core::Setting::$setting, cors_core::Op::Set);
            let any = cors_core::ClauseKind::List(setting, op, any);
            self.edit(|rules| rules.amend(any, source))
        }
    )*};
    (@flag $($(#[$doc:meta])* $name:ident, $setting:ident;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name(self, value: bool) -> Self {
            let source = cors_core::Source::caller();
            let flag = cors_core::ClauseKind::Flag(cors_core::Setting::$setting, value);
            self.edit(|rules| rules.amend(flag, source))
        }
    )*};
    (@op) => { cors_core::Op::Set };
    (@op $op:ident) => { cors_core::Op::$op };
}
pub(crate) use settings;

settings!(CorsRules);
