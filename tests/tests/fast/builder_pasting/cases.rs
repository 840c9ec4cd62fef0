// Written by the test; see `mod.rs`.

use cors_actix::{Cors, CorsBuilder, limits, origin, regex, rules, set};

use super::{Mistake, Pasted};

fn mistake_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "put"])
}

fn mistake_1() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "Delete"])
}

fn mistake_2() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "patch"])
}

fn mistake_3() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "ANY"])
}

fn mistake_4() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "*"])
}

fn mistake_5() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", ""])
}

fn mistake_6() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT "])
}

fn mistake_7() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT,PATCH"])
}

fn mistake_8() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PÜT"])
}

fn mistake_9() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "CONNECT"])
}

fn mistake_10() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "TRACE"])
}

fn mistake_11() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "TRACK"])
}

fn mistake_12() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "trace"])
}

fn mistake_13() -> CorsBuilder {
    Cors::builder()
        .methods([""; 0])
}

fn mistake_14() -> CorsBuilder {
    Cors::builder()
        .methods(["*"])
}

fn mistake_15() -> CorsBuilder {
    Cors::builder()
        .methods(["any_with_authorization"])
}

fn mistake_16() -> CorsBuilder {
    Cors::builder()
        .methods([origin("GET"), origin("HEAD"), origin("POST"), regex("P.T")])
}

fn mistake_17() -> CorsBuilder {
    Cors::builder()
        .methods([origin("GET"), origin("HEAD"), origin("POST"), set("writes")])
}

fn mistake_18() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "*"])
}

fn mistake_19() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", ""])
}

fn mistake_20() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x b"])
}

fn mistake_21() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "Content-Type,Authorization"])
}

fn mistake_22() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x-b:"])
}

fn mistake_23() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x-ü"])
}

fn mistake_24() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "cookie"])
}

fn mistake_25() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "Host"])
}

fn mistake_26() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "origin"])
}

fn mistake_27() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "content-length"])
}

fn mistake_28() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "set-cookie"])
}

fn mistake_29() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "Sec-Fetch-Site"])
}

fn mistake_30() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "proxy-authorization"])
}

fn mistake_31() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "access-control-request-method"])
}

fn mistake_32() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "date"])
}

fn mistake_33() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "Access-Control-Allow-Origin"])
}

fn mistake_34() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "access-control-expose-headers"])
}

fn mistake_35() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "access-control-max-age"])
}

fn mistake_36() -> CorsBuilder {
    Cors::builder()
        .headers(["*"])
}

fn mistake_37() -> CorsBuilder {
    Cors::builder()
        .headers([regex("x-.*")])
}

fn mistake_38() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "*"])
}

fn mistake_39() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", ""])
}

fn mistake_40() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "x b"])
}

fn mistake_41() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "Set-Cookie"])
}

fn mistake_42() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "set-cookie2"])
}

fn mistake_43() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "origin"])
}

fn mistake_44() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "access-control-request-headers"])
}

fn mistake_45() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "access-control-request-method"])
}

fn mistake_46() -> CorsBuilder {
    Cors::builder()
        .expose(["*"])
}

fn mistake_47() -> CorsBuilder {
    Cors::builder()
        .expose(["any_with_authorization"])
}

fn mistake_48() -> CorsBuilder {
    Cors::builder()
        .headers_add(["any_with_authorization"])
}

fn mistake_49() -> CorsBuilder {
    Cors::builder()
        .headers_add([""; 0])
}

fn mistake_50() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT"])
        .paths("/x", rules()
            .methods_add(["patch"])
            .methods_remove(["put"])
        )
}

fn mistake_51() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins_any()
}

fn mistake_52() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["http://intranet.example"])
}

fn mistake_53() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["http://*.example.com"])
}

fn mistake_54() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["http://192.168.0.10:3000"])
}

fn mistake_55() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["http://localhost.example:3000"])
}

fn mistake_56() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://*.com"])
}

fn mistake_57() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://*.co.uk"])
}

fn mistake_58() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://*.github.io"])
}

fn mistake_59() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://*.github.io:8443"])
}

fn mistake_60() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_null_origin(true)
        .origins(["https://a.example"])
}

fn mistake_61() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .danger_allow_public_suffixes(true)
        .origins_any()
}

fn mistake_62() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["https://*.github.io"])
}

fn mistake_63() -> CorsBuilder {
    Cors::builder()
        .danger_allow_null_origin(true)
        .origins(["https://a.example"])
        .private_network(true)
}

fn mistake_64() -> CorsBuilder {
    Cors::builder()
        .danger_allow_null_origin(true)
        .origins(["https://a.example"])
        .paths("/devices/**", rules()
            .private_network(true)
        )
}

fn mistake_65() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_null_origin(true)
        .origins(["https://a.example"])
        .private_network(true)
}

fn mistake_66() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.com"])
        .private_network(true)
}

fn mistake_67() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.github.io"])
        .private_network(true)
}

fn mistake_68() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.github.io"])
        .paths("/devices/**", rules()
            .private_network(true)
        )
}

fn mistake_69() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .private_network(true)
}

fn mistake_70() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins([set("lab")])
        .set("lab", ["http://lab.example"])
}

fn mistake_71() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .policy("open")
        )
        .policy("open", rules()
            .credentials(true)
            .origins_any()
        )
}

fn mistake_72() -> CorsBuilder {
    Cors::builder()
        .policy("open", rules()
            .credentials(true)
            .origins_any()
        )
}

fn mistake_73() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .paths("/x", rules()
            .credentials(true)
        )
}

fn mistake_74() -> CorsBuilder {
    Cors::builder()
        .origins(["http://intranet.example"])
        .paths("/x", rules()
            .credentials(true)
        )
}

fn mistake_75() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins_add(["https://b.example"])
        )
}

fn mistake_76() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://b.example"])
        )
}

fn mistake_77() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://*.a.example", "https://a.example"])
        )
}

fn mistake_78() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins_add(["https://b.example"])
            .policy("partner")
        )
        .policy("partner", rules()
            .credentials(true)
            .origins(["https://a.example"])
        )
}

fn mistake_79() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins_remove(["https://a.example"])
        )
}

fn mistake_80() -> CorsBuilder {
    Cors::builder()
        .origins_remove(["https://a.example"])
}

fn mistake_81() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .paths("/x", rules()
            .origins_add(["https://a.example"])
        )
}

fn mistake_82() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .paths("/x", rules()
            .origins_remove(["https://a.example"])
        )
}

fn mistake_83() -> CorsBuilder {
    Cors::builder()
        .headers_any()
        .paths("/x", rules()
            .headers_add(["x-a"])
        )
}

fn mistake_84() -> CorsBuilder {
    Cors::builder()
        .methods_any()
        .paths("/x", rules()
            .methods_remove(["PUT"])
        )
}

fn mistake_85() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://*.b.example"])
        .paths("/x", rules()
            .origins_remove(["https://x.b.example"])
        )
}

fn mistake_86() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://*.b.example"])
        .paths("/x", rules()
            .origins_remove(["https://a.example", "https://*.b.example"])
        )
}

fn mistake_87() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://*.b.example"])
        .paths("/x", rules()
            .origins_remove(["https://a.example"])
            .replace()
        )
}

fn mistake_88() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/api/**", rules()
            .max_age(60)
        )
        .paths("/api/**", rules()
            .max_age(90)
        )
}

fn mistake_89() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/x", rules()
            .max_age(60)
        )
        .paths("/x", rules()
            .off()
        )
}

fn mistake_90() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example"])
        .paths("/x", rules()
            .policy("")
        )
        .policy("", rules()
            .origins_any()
        )
}

fn mistake_91() -> CorsBuilder {
    Cors::builder()
        .origins([set("")])
        .set("", ["https://app.example"])
}

fn mistake_92() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", ""])
}

fn mistake_93() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "*"])
}

fn mistake_94() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "null"])
}

fn mistake_95() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "app.example.com"])
}

fn mistake_96() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "localhost:3000"])
}

fn mistake_97() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "*.example.com"])
}

fn mistake_98() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "//app.example.com"])
}

fn mistake_99() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.example,https://b.example"])
}

fn mistake_100() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.example, https://b.example"])
}

fn mistake_101() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com/"])
}

fn mistake_102() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://localhost:3000/"])
}

fn mistake_103() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com/login"])
}

fn mistake_104() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com/*"])
}

fn mistake_105() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com?x=1"])
}

fn mistake_106() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com#top"])
}

fn mistake_107() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://user@app.example.com"])
}

fn mistake_108() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://user:secret@app.example.com"])
}

fn mistake_109() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://App.example.com"])
}

fn mistake_110() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "HTTPS://app.example.com"])
}

fn mistake_111() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:443"])
}

fn mistake_112() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://app.example.com:80"])
}

fn mistake_113() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:65536"])
}

fn mistake_114() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:80a"])
}

fn mistake_115() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:08443"])
}

fn mistake_116() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:"])
}

fn mistake_117() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://münchen.example"])
}

fn mistake_118() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://🦀.example"])
}

fn mistake_119() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "file://localhost"])
}

fn mistake_120() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "1http://app.example.com"])
}

fn mistake_121() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "my_app://localhost"])
}

fn mistake_122() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://"])
}

fn mistake_123() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://.example.com"])
}

fn mistake_124() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a..example.com"])
}

fn mistake_125() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a$b.example.com"])
}

fn mistake_126() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", " https://app.example.com"])
}

fn mistake_127() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com "])
}

fn mistake_128() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app. example.com"])
}

fn mistake_129() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.\texample.com"])
}

fn mistake_130() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*"])
}

fn mistake_131() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*:*"])
}

fn mistake_132() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app-*.example.com"])
}

fn mistake_133() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*app.example.com"])
}

fn mistake_134() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.*.example.com"])
}

fn mistake_135() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://example.*"])
}

fn mistake_136() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "*://app.example.com"])
}

fn mistake_137() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.*.example.com"])
}

fn mistake_138() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://**.example.com"])
}

fn mistake_139() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:80*"])
}

fn mistake_140() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.192.0.2.1"])
}

fn mistake_141() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://127.1:3000"])
}

fn mistake_142() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://256.0.0.1"])
}

fn mistake_143() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://0x7f.0.0.1"])
}

fn mistake_144() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://2130706433"])
}

fn mistake_145() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://192.000.2.1"])
}

fn mistake_146() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[2001:db8:0:0:0:0:0:1]"])
}

fn mistake_147() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[2001:0db8::1]"])
}

fn mistake_148() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[fe80::1%eth0]"])
}

fn mistake_149() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[app.example.com]"])
}

fn mistake_150() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://(a")])
}

fn mistake_151() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://(?!evil)\\w+")])
}

fn mistake_152() -> CorsBuilder {
    Cors::builder()
        .origins([regex("(https)://a\\1")])
}

fn mistake_153() -> CorsBuilder {
    Cors::builder()
        .origins([regex("/^https:.*$/")])
}

fn mistake_154() -> CorsBuilder {
    Cors::builder()
        .origins([regex("/^https:\\/\\/.*\\.example\\.com$/i")])
}

fn mistake_155() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://App\\.example\\.com")])
}

fn mistake_156() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://app\\.example\\.com/.*")])
}

fn mistake_157() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://app\\.example\\.com/")])
}

fn mistake_158() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://a\\.example:443")])
}

fn mistake_159() -> CorsBuilder {
    Cors::builder()
        .origins([regex("http://a\\.example:80")])
}

fn mistake_160() -> CorsBuilder {
    Cors::builder()
        .origins([regex("[a-z]+\\.example\\.com")])
}

fn mistake_161() -> CorsBuilder {
    Cors::builder()
        .origins([regex("null")])
}

fn mistake_162() -> CorsBuilder {
    Cors::builder()
        .origins([regex("wss://.*\\.example\\.com")])
}

fn mistake_163() -> CorsBuilder {
    Cors::builder()
        .origins([regex("ws:\\/\\/[a-z]+\\.example\\.com")])
}

fn mistake_164() -> CorsBuilder {
    Cors::builder()
        .origins([regex("ftp://a\\.example")])
}

fn mistake_165() -> CorsBuilder {
    Cors::builder()
        .origins([regex("htps://.*\\.example\\.com")])
}

fn mistake_166() -> CorsBuilder {
    Cors::builder()
        .origins([regex("file://.*")])
}

fn mistake_167() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://a\\.example\\$")])
}

fn mistake_168() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://a\\.\\.example")])
}

fn mistake_169() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://1\\.2\\.3\\.256")])
}

fn mistake_170() -> CorsBuilder {
    Cors::builder()
        .origins([regex("https://a^\\.example")])
}

fn mistake_171() -> CorsBuilder {
    Cors::builder()
        .origins(["wss://a.example"])
}

fn mistake_172() -> CorsBuilder {
    Cors::builder()
        .origins(["ws://localhost:3000"])
}

fn mistake_173() -> CorsBuilder {
    Cors::builder()
        .origins(["wss://*.example.com"])
}

fn mistake_174() -> CorsBuilder {
    Cors::builder()
        .origins(["ftp://a.example"])
}

fn mistake_175() -> CorsBuilder {
    Cors::builder()
        .origins(["htps://a.example"])
}

fn mistake_176() -> CorsBuilder {
    Cors::builder()
        .origins(["htpp://a.example"])
}

fn mistake_177() -> CorsBuilder {
    Cors::builder()
        .origins(["httpss://a.example"])
}

fn mistake_178() -> CorsBuilder {
    Cors::builder()
        .origins(["http//a.example"])
}

fn mistake_179() -> CorsBuilder {
    Cors::builder()
        .origins([set("apps")])
        .set("apps", ["https://a.example", "wss://a.example"])
}

fn mistake_180() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/api/**", rules()
            .origins([regex("/^https:.*$/")])
        )
}

fn mistake_181() -> CorsBuilder {
    Cors::builder()
        .origins([""; 0])
}

fn mistake_182() -> CorsBuilder {
    Cors::builder()
        .origins(["*"])
}

fn mistake_183() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com/"])
}

fn mistake_184() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example,https://b.example"])
}

fn mistake_185() -> CorsBuilder {
    Cors::builder()
        .origins(["https://App.example.com", "https://ok.example", "https://app.example.com/", "*", "localhost"])
}

fn mistake_186() -> CorsBuilder {
    Cors::builder()
        .origins([set("partners")])
        .set("partners", ["https://partner.example", "https://partner.example/"])
}

fn mistake_187() -> CorsBuilder {
    Cors::builder()
        .set("partners", ["partner.example"])
}

fn mistake_188() -> CorsBuilder {
    Cors::builder()
        .policy("open", rules()
            .origins(["https://Open.example"])
        )
}

fn mistake_189() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins(["https://a.example:443"])
        )
}

fn mistake_190() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins_add(["https://b.example/"])
        )
}

fn mistake_191() -> CorsBuilder {
    Cors::builder()
        .origins([set("partnres")])
        .set("partners", ["https://partner.example"])
}

fn mistake_192() -> CorsBuilder {
    Cors::builder()
        .origins(["any_with_authorization"])
}

fn mistake_193() -> CorsBuilder {
    Cors::builder()
        .origins(["app://bundle", "app://.", "app://"])
}

fn mistake_194() -> CorsBuilder {
    Cors::builder()
        .max_age("600")
}

fn mistake_195() -> CorsBuilder {
    Cors::builder()
        .max_age("")
}

fn mistake_196() -> CorsBuilder {
    Cors::builder()
        .max_age("s")
}

fn mistake_197() -> CorsBuilder {
    Cors::builder()
        .max_age("forever")
}

fn mistake_198() -> CorsBuilder {
    Cors::builder()
        .max_age("1w")
}

fn mistake_199() -> CorsBuilder {
    Cors::builder()
        .max_age(-1)
}

fn mistake_200() -> CorsBuilder {
    Cors::builder()
        .max_age("-5m")
}

fn mistake_201() -> CorsBuilder {
    Cors::builder()
        .max_age("1.5h")
}

fn mistake_202() -> CorsBuilder {
    Cors::builder()
        .max_age(86401)
}

fn mistake_203() -> CorsBuilder {
    Cors::builder()
        .max_age("25h")
}

fn mistake_204() -> CorsBuilder {
    Cors::builder()
        .max_age("2d")
}

fn mistake_205() -> CorsBuilder {
    Cors::builder()
        .max_age("99999999999999999999d")
}

fn mistake_206() -> CorsBuilder {
    Cors::builder()
        .preflight_status(199)
}

fn mistake_207() -> CorsBuilder {
    Cors::builder()
        .preflight_status(301)
}

fn mistake_208() -> CorsBuilder {
    Cors::builder()
        .preflight_status(403)
}

fn mistake_209() -> CorsBuilder {
    Cors::builder()
        .preflight_status(0)
}

fn mistake_210() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .off()
            .origins_any()
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_211() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .credentials(false)
            .off()
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_212() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .off()
            .policy("open")
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_213() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .off()
            .replace()
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_214() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .policy("open")
            .replace()
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_215() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .policy("opne")
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_216() -> CorsBuilder {
    Cors::builder()
        .policy("open", rules()
            .origins_any()
        )
        .policy("wide", rules()
            .methods_any()
            .policy("open")
        )
}

fn mistake_217() -> CorsBuilder {
    Cors::builder()
        .paths("api/**", rules()
            .origins_any()
        )
}

fn mistake_218() -> CorsBuilder {
    Cors::builder()
        .paths("", rules()
            .origins_any()
        )
}

fn mistake_219() -> CorsBuilder {
    Cors::builder()
        .paths("/a%20b/**", rules()
            .origins_any()
        )
}

fn mistake_220() -> CorsBuilder {
    Cors::builder()
        .paths("/%69nternal", rules()
            .origins_any()
        )
}

fn mistake_221() -> CorsBuilder {
    Cors::builder()
        .paths("/a/./b", rules()
            .origins_any()
        )
}

fn mistake_222() -> CorsBuilder {
    Cors::builder()
        .paths("/a/../b/**", rules()
            .origins_any()
        )
}

fn mistake_223() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**/admin", rules()
            .origins_any()
        )
}

fn mistake_224() -> CorsBuilder {
    Cors::builder()
        .paths("/api/v*/admin", rules()
            .origins_any()
        )
}

fn mistake_225() -> CorsBuilder {
    Cors::builder()
        .paths("/api/***", rules()
            .origins_any()
        )
}

fn mistake_226() -> CorsBuilder {
    Cors::builder()
        .paths("/api/x**", rules()
            .origins_any()
        )
}

fn mistake_227() -> CorsBuilder {
    Cors::builder()
        .paths("https://api.example.com/api", rules()
            .origins_any()
        )
}

fn mistake_228() -> CorsBuilder {
    Cors::builder()
        .paths("/api?x=1", rules()
            .origins_any()
        )
}

fn mistake_229() -> CorsBuilder {
    Cors::builder()
        .paths("/api#x", rules()
            .origins_any()
        )
}

fn mistake_230() -> CorsBuilder {
    Cors::builder()
        .paths("/x/:id", rules()
            .off()
        )
}

fn mistake_231() -> CorsBuilder {
    Cors::builder()
        .paths("/x/:id?", rules()
            .off()
        )
}

fn mistake_232() -> CorsBuilder {
    Cors::builder()
        .paths("/x/<int:id>", rules()
            .off()
        )
}

fn mistake_233() -> CorsBuilder {
    Cors::builder()
        .paths("/x/[id]", rules()
            .off()
        )
}

fn mistake_234() -> CorsBuilder {
    Cors::builder()
        .paths("/x/$id", rules()
            .off()
        )
}

fn mistake_235() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%(id)s", rules()
            .off()
        )
}

fn mistake_236() -> CorsBuilder {
    Cors::builder()
        .paths("/x(.:format)", rules()
            .off()
        )
}

fn mistake_237() -> CorsBuilder {
    Cors::builder()
        .paths("/(a|b)/**", rules()
            .off()
        )
}

fn mistake_238() -> CorsBuilder {
    Cors::builder()
        .paths("/{a,b}/**", rules()
            .off()
        )
}

fn mistake_239() -> CorsBuilder {
    Cors::builder()
        .paths("/x/\\d+", rules()
            .off()
        )
}

fn mistake_240() -> CorsBuilder {
    Cors::builder()
        .paths("/x/.+", rules()
            .off()
        )
}

fn mistake_241() -> CorsBuilder {
    Cors::builder()
        .paths("^/x$", rules()
            .off()
        )
}

fn mistake_242() -> CorsBuilder {
    Cors::builder()
        .paths("/x$", rules()
            .off()
        )
}

fn mistake_243() -> CorsBuilder {
    Cors::builder()
        .paths("/x/[0-9]+", rules()
            .off()
        )
}

fn mistake_244() -> CorsBuilder {
    Cors::builder()
        .paths("!/admin/**", rules()
            .off()
        )
}

fn mistake_245() -> CorsBuilder {
    Cors::builder()
        .paths("/!(admin)/**", rules()
            .off()
        )
}

fn mistake_246() -> CorsBuilder {
    Cors::builder()
        .paths("/x/v?", rules()
            .off()
        )
}

fn mistake_247() -> CorsBuilder {
    Cors::builder()
        .paths("/a, /b", rules()
            .off()
        )
}

fn mistake_248() -> CorsBuilder {
    Cors::builder()
        .paths("/a;/b", rules()
            .off()
        )
}

fn mistake_249() -> CorsBuilder {
    Cors::builder()
        .paths("/%69d:x", rules()
            .off()
        )
}

fn mistake_250() -> CorsBuilder {
    Cors::builder()
        .paths("/%2E%2E/x", rules()
            .off()
        )
}

fn mistake_251() -> CorsBuilder {
    Cors::builder()
        .origins([set("all")])
        .set("all", [set("partners"), origin("https://a.example")])
        .set("partners", ["https://partner.example"])
}

fn mistake_252() -> CorsBuilder {
    Cors::builder()
        .set("a", [set("b")])
        .set("b", [set("a"), set("b")])
}

fn mistake_253() -> CorsBuilder {
    Cors::builder()
        .policy("a", rules()
            .policy("b")
        )
        .policy("b", rules()
            .policy("a")
        )
}

fn mistake_254() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*"])
}

fn mistake_255() -> CorsBuilder {
    Cors::builder()
        .origins(["https://api-*.example.com"])
}

fn mistake_256() -> CorsBuilder {
    Cors::builder()
        .origins(["null"])
}

fn mistake_257() -> CorsBuilder {
    Cors::builder()
        .origins(["http://localhost:[3000-3010]"])
}

fn mistake_258() -> CorsBuilder {
    Cors::builder()
        .origins(["localhost:3000"])
}

fn mistake_259() -> CorsBuilder {
    Cors::builder()
        .origins(["app.example.com/admin"])
}

fn mistake_260() -> CorsBuilder {
    Cors::builder()
        .origins(["htps://app.example.com"])
}

fn mistake_261() -> CorsBuilder {
    Cors::builder()
        .origins(["https:/app.example.com"])
}

fn mistake_262() -> CorsBuilder {
    Cors::builder()
        .origins(["https//app.example.com"])
}

fn mistake_263() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com "])
}

fn mistake_264() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com,"])
}

fn mistake_265() -> CorsBuilder {
    Cors::builder()
        .origins(["<https://app.example.com>"])
}

fn mistake_266() -> CorsBuilder {
    Cors::builder()
        .origins([".example.com"])
}

fn mistake_267() -> CorsBuilder {
    Cors::builder()
        .origins(["*.example.com"])
}

fn mistake_268() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.*.example.com"])
}

fn mistake_269() -> CorsBuilder {
    Cors::builder()
        .origins(["${FRONTEND_URL}"])
}

fn mistake_270() -> CorsBuilder {
    Cors::builder()
        .origins(["{{ frontend }}"])
}

fn mistake_271() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com/index.html?x=1#top"])
}

fn mistake_272() -> CorsBuilder {
    Cors::builder()
        .origins(["/https:\\/\\/.*\\.example\\.com/"])
}

fn mistake_273() -> CorsBuilder {
    Cors::builder()
        .methods(["GET | POST"])
}

fn mistake_274() -> CorsBuilder {
    Cors::builder()
        .methods(["get", "post"])
}

fn mistake_275() -> CorsBuilder {
    Cors::builder()
        .methods(["GET POST"])
}

fn mistake_276() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "UDPATE"])
}

fn mistake_277() -> CorsBuilder {
    Cors::builder()
        .methods(["all"])
}

fn mistake_278() -> CorsBuilder {
    Cors::builder()
        .headers(["Content-Type: application/json"])
}

fn mistake_279() -> CorsBuilder {
    Cors::builder()
        .headers(["Content Type"])
}

fn mistake_280() -> CorsBuilder {
    Cors::builder()
        .headers(["Authorisation"])
}

fn mistake_281() -> CorsBuilder {
    Cors::builder()
        .headers(["Cookie"])
}

fn mistake_282() -> CorsBuilder {
    Cors::builder()
        .headers(["Access-Control-Allow-Origin"])
}

fn mistake_283() -> CorsBuilder {
    Cors::builder()
        .headers(["x-*"])
}

fn mistake_284() -> CorsBuilder {
    Cors::builder()
        .expose(["Set-Cookie"])
}

fn mistake_285() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins_any()
}

fn mistake_286() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["http://app.example.com"])
}

fn mistake_287() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
}

fn mistake_288() -> CorsBuilder {
    Cors::builder()
        .max_age("one hour")
}

fn mistake_289() -> CorsBuilder {
    Cors::builder()
        .max_age("600ms")
}

fn mistake_290() -> CorsBuilder {
    Cors::builder()
        .max_age("1h30m")
}

fn mistake_291() -> CorsBuilder {
    Cors::builder()
        .max_age("1w")
}

fn mistake_292() -> CorsBuilder {
    Cors::builder()
        .max_age(-1)
}

fn mistake_293() -> CorsBuilder {
    Cors::builder()
        .max_age("10M")
}

fn mistake_294() -> CorsBuilder {
    Cors::builder()
        .preflight_status(404)
}

fn mistake_295() -> CorsBuilder {
    Cors::builder()
        .paths("/api/v*", rules()
            .origins_any()
        )
}

fn mistake_296() -> CorsBuilder {
    Cors::builder()
        .paths("^/api/.*$", rules()
            .origins_any()
        )
}

fn mistake_297() -> CorsBuilder {
    Cors::builder()
        .paths("/users/:id", rules()
            .origins_any()
        )
}

fn mistake_298() -> CorsBuilder {
    Cors::builder()
        .paths("api/**", rules()
            .origins_any()
        )
}

fn mistake_299() -> CorsBuilder {
    Cors::builder()
        .paths("https://api.example.com/v1/**", rules()
            .origins_any()
        )
}

fn mistake_300() -> CorsBuilder {
    Cors::builder()
        .paths("GET /users", rules()
            .origins_any()
        )
}

fn mistake_301() -> CorsBuilder {
    Cors::builder()
        .paths("/search?q=*", rules()
            .origins_any()
        )
}

fn mistake_302() -> CorsBuilder {
    Cors::builder()
        .paths("!/admin/**", rules()
            .origins_any()
        )
}

fn mistake_303() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**", rules()
            .origins_any()
        )
        .paths("/api/**", rules()
            .origins(["https://a.example"])
        )
}

fn mistake_304() -> CorsBuilder {
    Cors::builder()
        .origins(["http://localhost:*"])
}

fn mistake_305() -> CorsBuilder {
    Cors::builder()
        .origins(["$partners"])
        .set("partners", ["https://a.example"])
}

fn mistake_306() -> CorsBuilder {
    Cors::builder()
        .origins([set("partner")])
        .set("partners", ["https://a.example"])
}

fn mistake_307() -> CorsBuilder {
    Cors::builder()
        .origins(["[\"https://a.example\"]"])
}

fn mistake_308() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .private_network(true)
}

pub(super) const MISTAKES: &[Mistake] = &[
    ("mistake_0", mistake_0),
    ("mistake_1", mistake_1),
    ("mistake_2", mistake_2),
    ("mistake_3", mistake_3),
    ("mistake_4", mistake_4),
    ("mistake_5", mistake_5),
    ("mistake_6", mistake_6),
    ("mistake_7", mistake_7),
    ("mistake_8", mistake_8),
    ("mistake_9", mistake_9),
    ("mistake_10", mistake_10),
    ("mistake_11", mistake_11),
    ("mistake_12", mistake_12),
    ("mistake_13", mistake_13),
    ("mistake_14", mistake_14),
    ("mistake_15", mistake_15),
    ("mistake_16", mistake_16),
    ("mistake_17", mistake_17),
    ("mistake_18", mistake_18),
    ("mistake_19", mistake_19),
    ("mistake_20", mistake_20),
    ("mistake_21", mistake_21),
    ("mistake_22", mistake_22),
    ("mistake_23", mistake_23),
    ("mistake_24", mistake_24),
    ("mistake_25", mistake_25),
    ("mistake_26", mistake_26),
    ("mistake_27", mistake_27),
    ("mistake_28", mistake_28),
    ("mistake_29", mistake_29),
    ("mistake_30", mistake_30),
    ("mistake_31", mistake_31),
    ("mistake_32", mistake_32),
    ("mistake_33", mistake_33),
    ("mistake_34", mistake_34),
    ("mistake_35", mistake_35),
    ("mistake_36", mistake_36),
    ("mistake_37", mistake_37),
    ("mistake_38", mistake_38),
    ("mistake_39", mistake_39),
    ("mistake_40", mistake_40),
    ("mistake_41", mistake_41),
    ("mistake_42", mistake_42),
    ("mistake_43", mistake_43),
    ("mistake_44", mistake_44),
    ("mistake_45", mistake_45),
    ("mistake_46", mistake_46),
    ("mistake_47", mistake_47),
    ("mistake_48", mistake_48),
    ("mistake_49", mistake_49),
    ("mistake_50", mistake_50),
    ("mistake_51", mistake_51),
    ("mistake_52", mistake_52),
    ("mistake_53", mistake_53),
    ("mistake_54", mistake_54),
    ("mistake_55", mistake_55),
    ("mistake_56", mistake_56),
    ("mistake_57", mistake_57),
    ("mistake_58", mistake_58),
    ("mistake_59", mistake_59),
    ("mistake_60", mistake_60),
    ("mistake_61", mistake_61),
    ("mistake_62", mistake_62),
    ("mistake_63", mistake_63),
    ("mistake_64", mistake_64),
    ("mistake_65", mistake_65),
    ("mistake_66", mistake_66),
    ("mistake_67", mistake_67),
    ("mistake_68", mistake_68),
    ("mistake_69", mistake_69),
    ("mistake_70", mistake_70),
    ("mistake_71", mistake_71),
    ("mistake_72", mistake_72),
    ("mistake_73", mistake_73),
    ("mistake_74", mistake_74),
    ("mistake_75", mistake_75),
    ("mistake_76", mistake_76),
    ("mistake_77", mistake_77),
    ("mistake_78", mistake_78),
    ("mistake_79", mistake_79),
    ("mistake_80", mistake_80),
    ("mistake_81", mistake_81),
    ("mistake_82", mistake_82),
    ("mistake_83", mistake_83),
    ("mistake_84", mistake_84),
    ("mistake_85", mistake_85),
    ("mistake_86", mistake_86),
    ("mistake_87", mistake_87),
    ("mistake_88", mistake_88),
    ("mistake_89", mistake_89),
    ("mistake_90", mistake_90),
    ("mistake_91", mistake_91),
    ("mistake_92", mistake_92),
    ("mistake_93", mistake_93),
    ("mistake_94", mistake_94),
    ("mistake_95", mistake_95),
    ("mistake_96", mistake_96),
    ("mistake_97", mistake_97),
    ("mistake_98", mistake_98),
    ("mistake_99", mistake_99),
    ("mistake_100", mistake_100),
    ("mistake_101", mistake_101),
    ("mistake_102", mistake_102),
    ("mistake_103", mistake_103),
    ("mistake_104", mistake_104),
    ("mistake_105", mistake_105),
    ("mistake_106", mistake_106),
    ("mistake_107", mistake_107),
    ("mistake_108", mistake_108),
    ("mistake_109", mistake_109),
    ("mistake_110", mistake_110),
    ("mistake_111", mistake_111),
    ("mistake_112", mistake_112),
    ("mistake_113", mistake_113),
    ("mistake_114", mistake_114),
    ("mistake_115", mistake_115),
    ("mistake_116", mistake_116),
    ("mistake_117", mistake_117),
    ("mistake_118", mistake_118),
    ("mistake_119", mistake_119),
    ("mistake_120", mistake_120),
    ("mistake_121", mistake_121),
    ("mistake_122", mistake_122),
    ("mistake_123", mistake_123),
    ("mistake_124", mistake_124),
    ("mistake_125", mistake_125),
    ("mistake_126", mistake_126),
    ("mistake_127", mistake_127),
    ("mistake_128", mistake_128),
    ("mistake_129", mistake_129),
    ("mistake_130", mistake_130),
    ("mistake_131", mistake_131),
    ("mistake_132", mistake_132),
    ("mistake_133", mistake_133),
    ("mistake_134", mistake_134),
    ("mistake_135", mistake_135),
    ("mistake_136", mistake_136),
    ("mistake_137", mistake_137),
    ("mistake_138", mistake_138),
    ("mistake_139", mistake_139),
    ("mistake_140", mistake_140),
    ("mistake_141", mistake_141),
    ("mistake_142", mistake_142),
    ("mistake_143", mistake_143),
    ("mistake_144", mistake_144),
    ("mistake_145", mistake_145),
    ("mistake_146", mistake_146),
    ("mistake_147", mistake_147),
    ("mistake_148", mistake_148),
    ("mistake_149", mistake_149),
    ("mistake_150", mistake_150),
    ("mistake_151", mistake_151),
    ("mistake_152", mistake_152),
    ("mistake_153", mistake_153),
    ("mistake_154", mistake_154),
    ("mistake_155", mistake_155),
    ("mistake_156", mistake_156),
    ("mistake_157", mistake_157),
    ("mistake_158", mistake_158),
    ("mistake_159", mistake_159),
    ("mistake_160", mistake_160),
    ("mistake_161", mistake_161),
    ("mistake_162", mistake_162),
    ("mistake_163", mistake_163),
    ("mistake_164", mistake_164),
    ("mistake_165", mistake_165),
    ("mistake_166", mistake_166),
    ("mistake_167", mistake_167),
    ("mistake_168", mistake_168),
    ("mistake_169", mistake_169),
    ("mistake_170", mistake_170),
    ("mistake_171", mistake_171),
    ("mistake_172", mistake_172),
    ("mistake_173", mistake_173),
    ("mistake_174", mistake_174),
    ("mistake_175", mistake_175),
    ("mistake_176", mistake_176),
    ("mistake_177", mistake_177),
    ("mistake_178", mistake_178),
    ("mistake_179", mistake_179),
    ("mistake_180", mistake_180),
    ("mistake_181", mistake_181),
    ("mistake_182", mistake_182),
    ("mistake_183", mistake_183),
    ("mistake_184", mistake_184),
    ("mistake_185", mistake_185),
    ("mistake_186", mistake_186),
    ("mistake_187", mistake_187),
    ("mistake_188", mistake_188),
    ("mistake_189", mistake_189),
    ("mistake_190", mistake_190),
    ("mistake_191", mistake_191),
    ("mistake_192", mistake_192),
    ("mistake_193", mistake_193),
    ("mistake_194", mistake_194),
    ("mistake_195", mistake_195),
    ("mistake_196", mistake_196),
    ("mistake_197", mistake_197),
    ("mistake_198", mistake_198),
    ("mistake_199", mistake_199),
    ("mistake_200", mistake_200),
    ("mistake_201", mistake_201),
    ("mistake_202", mistake_202),
    ("mistake_203", mistake_203),
    ("mistake_204", mistake_204),
    ("mistake_205", mistake_205),
    ("mistake_206", mistake_206),
    ("mistake_207", mistake_207),
    ("mistake_208", mistake_208),
    ("mistake_209", mistake_209),
    ("mistake_210", mistake_210),
    ("mistake_211", mistake_211),
    ("mistake_212", mistake_212),
    ("mistake_213", mistake_213),
    ("mistake_214", mistake_214),
    ("mistake_215", mistake_215),
    ("mistake_216", mistake_216),
    ("mistake_217", mistake_217),
    ("mistake_218", mistake_218),
    ("mistake_219", mistake_219),
    ("mistake_220", mistake_220),
    ("mistake_221", mistake_221),
    ("mistake_222", mistake_222),
    ("mistake_223", mistake_223),
    ("mistake_224", mistake_224),
    ("mistake_225", mistake_225),
    ("mistake_226", mistake_226),
    ("mistake_227", mistake_227),
    ("mistake_228", mistake_228),
    ("mistake_229", mistake_229),
    ("mistake_230", mistake_230),
    ("mistake_231", mistake_231),
    ("mistake_232", mistake_232),
    ("mistake_233", mistake_233),
    ("mistake_234", mistake_234),
    ("mistake_235", mistake_235),
    ("mistake_236", mistake_236),
    ("mistake_237", mistake_237),
    ("mistake_238", mistake_238),
    ("mistake_239", mistake_239),
    ("mistake_240", mistake_240),
    ("mistake_241", mistake_241),
    ("mistake_242", mistake_242),
    ("mistake_243", mistake_243),
    ("mistake_244", mistake_244),
    ("mistake_245", mistake_245),
    ("mistake_246", mistake_246),
    ("mistake_247", mistake_247),
    ("mistake_248", mistake_248),
    ("mistake_249", mistake_249),
    ("mistake_250", mistake_250),
    ("mistake_251", mistake_251),
    ("mistake_252", mistake_252),
    ("mistake_253", mistake_253),
    ("mistake_254", mistake_254),
    ("mistake_255", mistake_255),
    ("mistake_256", mistake_256),
    ("mistake_257", mistake_257),
    ("mistake_258", mistake_258),
    ("mistake_259", mistake_259),
    ("mistake_260", mistake_260),
    ("mistake_261", mistake_261),
    ("mistake_262", mistake_262),
    ("mistake_263", mistake_263),
    ("mistake_264", mistake_264),
    ("mistake_265", mistake_265),
    ("mistake_266", mistake_266),
    ("mistake_267", mistake_267),
    ("mistake_268", mistake_268),
    ("mistake_269", mistake_269),
    ("mistake_270", mistake_270),
    ("mistake_271", mistake_271),
    ("mistake_272", mistake_272),
    ("mistake_273", mistake_273),
    ("mistake_274", mistake_274),
    ("mistake_275", mistake_275),
    ("mistake_276", mistake_276),
    ("mistake_277", mistake_277),
    ("mistake_278", mistake_278),
    ("mistake_279", mistake_279),
    ("mistake_280", mistake_280),
    ("mistake_281", mistake_281),
    ("mistake_282", mistake_282),
    ("mistake_283", mistake_283),
    ("mistake_284", mistake_284),
    ("mistake_285", mistake_285),
    ("mistake_286", mistake_286),
    ("mistake_287", mistake_287),
    ("mistake_288", mistake_288),
    ("mistake_289", mistake_289),
    ("mistake_290", mistake_290),
    ("mistake_291", mistake_291),
    ("mistake_292", mistake_292),
    ("mistake_293", mistake_293),
    ("mistake_294", mistake_294),
    ("mistake_295", mistake_295),
    ("mistake_296", mistake_296),
    ("mistake_297", mistake_297),
    ("mistake_298", mistake_298),
    ("mistake_299", mistake_299),
    ("mistake_300", mistake_300),
    ("mistake_301", mistake_301),
    ("mistake_302", mistake_302),
    ("mistake_303", mistake_303),
    ("mistake_304", mistake_304),
    ("mistake_305", mistake_305),
    ("mistake_306", mistake_306),
    ("mistake_307", mistake_307),
    ("mistake_308", mistake_308),
];

fn mistake_0_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT"])
}

fn mistake_1_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "DELETE"])
}

fn mistake_2_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PATCH"])
}

fn mistake_3_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_4_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_5_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PATCH"])
}

fn mistake_6_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT"])
}

fn mistake_7_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT", "PATCH"])
}

fn mistake_8_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PATCH"])
}

fn mistake_14_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_16_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_17_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_18_0() -> CorsBuilder {
    Cors::builder()
        .headers_any()
}

fn mistake_19_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x-request-id"])
}

fn mistake_20_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x", "b"])
}

fn mistake_21_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "Content-Type", "Authorization"])
}

fn mistake_22_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x-b"])
}

fn mistake_23_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "x-request-id"])
}

fn mistake_24_0() -> CorsBuilder {
    Cors::builder()
        .headers(["x-a", "credentials"])
}

fn mistake_36_0() -> CorsBuilder {
    Cors::builder()
        .headers_any()
}

fn mistake_37_0() -> CorsBuilder {
    Cors::builder()
        .headers_any()
}

fn mistake_38_0() -> CorsBuilder {
    Cors::builder()
        .expose_any()
}

fn mistake_39_0() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "x-request-id"])
}

fn mistake_40_0() -> CorsBuilder {
    Cors::builder()
        .expose(["x-a", "x", "b"])
}

fn mistake_46_0() -> CorsBuilder {
    Cors::builder()
        .expose_any()
}

fn mistake_50_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT"])
        .paths("/x", rules()
            .methods_add(["PATCH"])
            .methods_remove(["put"])
        )
}

fn mistake_50_1() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "HEAD", "POST", "PUT"])
        .paths("/x", rules()
            .methods_add(["patch"])
            .methods_remove(["PUT"])
        )
}

fn mistake_51_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://app.example"])
}

fn mistake_52_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["http://intranet.example"])
}

fn mistake_53_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["http://*.example.com"])
}

fn mistake_54_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["http://192.168.0.10:3000"])
}

fn mistake_55_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["http://localhost.example:3000"])
}

fn mistake_56_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.com"])
}

fn mistake_57_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.co.uk"])
}

fn mistake_58_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.github.io"])
}

fn mistake_59_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.github.io:8443"])
}

fn mistake_61_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://app.example"])
}

fn mistake_62_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .danger_allow_insecure_origins(true)
        .origins(["https://*.github.io"])
}

fn mistake_66_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.com"])
        .private_network(true)
        .danger_allow_public_suffixes(true)
}

fn mistake_67_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.github.io"])
        .private_network(true)
        .danger_allow_public_suffixes(true)
}

fn mistake_68_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_public_suffixes(true)
        .origins(["https://*.github.io"])
        .paths("/devices/**", rules()
            .private_network(true)
            .danger_allow_public_suffixes(true)
        )
}

fn mistake_69_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example"])
        .private_network(true)
}

fn mistake_70_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins([set("lab")])
        .set("lab", ["http://lab.example"])
}

fn mistake_71_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .policy("open")
        )
        .policy("open", rules()
            .credentials(true)
            .origins(["https://app.example"])
        )
}

fn mistake_72_0() -> CorsBuilder {
    Cors::builder()
        .policy("open", rules()
            .credentials(true)
            .origins(["https://app.example"])
        )
}

fn mistake_73_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example"])
        .paths("/x", rules()
            .credentials(true)
        )
}

fn mistake_74_0() -> CorsBuilder {
    Cors::builder()
        .origins(["http://intranet.example"])
        .paths("/x", rules()
            .credentials(true)
            .danger_allow_insecure_origins(true)
        )
}

fn mistake_75_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins_add(["https://b.example"])
            .credentials(false)
        )
}

fn mistake_75_1() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins_add(["https://b.example"])
            .credentials(true)
        )
}

fn mistake_76_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://b.example"])
            .credentials(false)
        )
}

fn mistake_76_1() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://b.example"])
            .credentials(true)
        )
}

fn mistake_77_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://*.a.example", "https://a.example"])
            .credentials(false)
        )
}

fn mistake_77_1() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins(["https://*.a.example", "https://a.example"])
            .credentials(true)
        )
}

fn mistake_78_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins_add(["https://b.example"])
            .credentials(false)
            .policy("partner")
        )
        .policy("partner", rules()
            .credentials(true)
            .origins(["https://a.example"])
        )
}

fn mistake_78_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins_add(["https://b.example"])
            .credentials(true)
            .policy("partner")
        )
        .policy("partner", rules()
            .credentials(true)
            .origins(["https://a.example"])
        )
}

fn mistake_79_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins(["https://app.example"])
        )
}

fn mistake_80_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example"])
}

fn mistake_81_0() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .paths("/x", rules()
            .origins(["https://app.example"])
        )
}

fn mistake_82_0() -> CorsBuilder {
    Cors::builder()
        .origins_any()
        .paths("/x", rules()
            .origins(["https://app.example"])
        )
}

fn mistake_83_0() -> CorsBuilder {
    Cors::builder()
        .headers_any()
        .paths("/x", rules()
            .headers(["content-type"])
        )
}

fn mistake_84_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
        .paths("/x", rules()
            .methods(["GET", "POST"])
        )
}

fn mistake_85_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://*.b.example"])
        .paths("/x", rules()
            .origins(["https://app.example"])
        )
}

fn mistake_87_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://*.b.example"])
        .paths("/x", rules()
            .origins(["https://app.example"])
            .replace()
        )
}

fn mistake_92_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_93_0() -> CorsBuilder {
    Cors::builder()
        .origins_any()
}

fn mistake_95_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_96_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://localhost:3000"])
}

fn mistake_97_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_98_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_99_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.example", "https://b.example"])
}

fn mistake_100_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.example", "https://b.example"])
}

fn mistake_101_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_102_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://localhost:3000"])
}

fn mistake_103_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_104_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_105_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_106_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_107_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_108_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_109_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_110_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_111_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_112_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://app.example.com"])
}

fn mistake_115_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com:8443"])
}

fn mistake_116_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_117_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://xn--mnchen-3ya.example"])
}

fn mistake_118_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://xn--zs9h.example"])
}

fn mistake_120_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_121_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_122_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_123_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://example.com"])
}

fn mistake_124_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://a.example.com"])
}

fn mistake_125_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_126_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_127_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_128_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_129_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_130_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_130_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_131_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_131_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_132_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_132_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_133_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.app.example.com"])
}

fn mistake_134_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_134_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_135_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_135_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_136_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://app.example.com"])
}

fn mistake_137_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_138_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_139_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://*.example.com"])
}

fn mistake_139_1() -> CorsBuilder {
    Cors::builder()
        .origins([origin("https://ok.example"), regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_140_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://192.0.2.1"])
}

fn mistake_141_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://127.0.0.1:3000"])
}

fn mistake_143_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://127.0.0.1"])
}

fn mistake_144_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "http://127.0.0.1"])
}

fn mistake_145_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://192.0.2.1"])
}

fn mistake_146_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[2001:db8::1]"])
}

fn mistake_147_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://ok.example", "https://[2001:db8::1]"])
}

fn mistake_153_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_154_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"(?i)https:\/\/.*\.example\.com")])
}

fn mistake_155_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://app\.example\.com")])
}

fn mistake_156_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://app\.example\.com")])
}

fn mistake_157_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://app\.example\.com")])
}

fn mistake_158_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://a\.example")])
}

fn mistake_159_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"http://a\.example")])
}

fn mistake_160_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com")])
}

fn mistake_162_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://.*\.example\.com")])
}

fn mistake_163_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"http://[a-z]+\.example\.com")])
}

fn mistake_164_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://a\.example")])
}

fn mistake_165_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://.*\.example\.com")])
}

fn mistake_166_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_167_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_168_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_169_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_170_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
}

fn mistake_171_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
}

fn mistake_172_0() -> CorsBuilder {
    Cors::builder()
        .origins(["http://localhost:3000"])
}

fn mistake_173_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.example.com"])
}

fn mistake_174_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
}

fn mistake_175_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
}

fn mistake_176_0() -> CorsBuilder {
    Cors::builder()
        .origins(["http://a.example"])
}

fn mistake_177_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
}

fn mistake_178_0() -> CorsBuilder {
    Cors::builder()
        .origins(["http://a.example"])
}

fn mistake_179_0() -> CorsBuilder {
    Cors::builder()
        .origins([set("apps")])
        .set("apps", ["https://a.example", "https://a.example"])
}

fn mistake_180_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/api/**", rules()
            .origins([regex(r"https://[a-z]+\.example\.com(:\d+)?")])
        )
}

fn mistake_182_0() -> CorsBuilder {
    Cors::builder()
        .origins_any()
}

fn mistake_183_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_184_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example", "https://b.example"])
}

fn mistake_185_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com", "https://ok.example", "https://app.example.com/", "*", "localhost"])
}

fn mistake_185_1() -> CorsBuilder {
    Cors::builder()
        .origins_any()
}

fn mistake_185_2() -> CorsBuilder {
    Cors::builder()
        .origins(["https://App.example.com", "https://ok.example", "https://app.example.com/", "*", "http://localhost"])
}

fn mistake_186_0() -> CorsBuilder {
    Cors::builder()
        .origins([set("partners")])
        .set("partners", ["https://partner.example", "https://partner.example"])
}

fn mistake_187_0() -> CorsBuilder {
    Cors::builder()
        .set("partners", ["https://partner.example"])
}

fn mistake_188_0() -> CorsBuilder {
    Cors::builder()
        .policy("open", rules()
            .origins(["https://open.example"])
        )
}

fn mistake_189_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .origins(["https://a.example"])
        )
}

fn mistake_190_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
        .paths("/x", rules()
            .origins_add(["https://b.example"])
        )
}

fn mistake_191_0() -> CorsBuilder {
    Cors::builder()
        .origins([set("partners")])
        .set("partners", ["https://partner.example"])
}

fn mistake_192_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_193_0() -> CorsBuilder {
    Cors::builder()
        .origins(["app://bundle", "https://app.example.com", "app://"])
}

fn mistake_194_0() -> CorsBuilder {
    Cors::builder()
        .max_age(600)
}

fn mistake_194_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_195_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_195_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_195_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_195_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_196_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_196_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_196_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_196_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_197_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_197_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_197_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_197_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_198_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_200_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_200_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_200_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_200_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_201_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_201_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_201_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_201_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_202_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_203_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_204_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_205_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_215_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .policy("open")
        )
        .policy("open", rules()
            .origins_any()
        )
}

fn mistake_217_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**", rules()
            .origins_any()
        )
}

fn mistake_218_0() -> CorsBuilder {
    Cors::builder()
        .paths("/**", rules()
            .origins_any()
        )
}

fn mistake_218_1() -> CorsBuilder {
    Cors::builder()
        .paths("/", rules()
            .origins_any()
        )
}

fn mistake_219_0() -> CorsBuilder {
    Cors::builder()
        .paths("/a b/**", rules()
            .origins_any()
        )
}

fn mistake_220_0() -> CorsBuilder {
    Cors::builder()
        .paths("/internal", rules()
            .origins_any()
        )
}

fn mistake_223_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/*/admin", rules()
            .origins_any()
        )
}

fn mistake_224_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .origins_any()
        )
}

fn mistake_224_1() -> CorsBuilder {
    Cors::builder()
        .paths("/api/v%2A/admin", rules()
            .origins_any()
        )
}

fn mistake_225_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**", rules()
            .origins_any()
        )
}

fn mistake_226_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .origins_any()
        )
}

fn mistake_226_1() -> CorsBuilder {
    Cors::builder()
        .paths("/api/x%2A%2A", rules()
            .origins_any()
        )
}

fn mistake_227_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api", rules()
            .origins_any()
        )
}

fn mistake_228_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api%3Fx=1", rules()
            .origins_any()
        )
}

fn mistake_229_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api%23x", rules()
            .origins_any()
        )
}

fn mistake_230_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_230_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%3Aid", rules()
            .off()
        )
}

fn mistake_231_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_231_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%3Aid%3F", rules()
            .off()
        )
}

fn mistake_232_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_232_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%3Cint%3Aid%3E", rules()
            .off()
        )
}

fn mistake_233_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_233_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/**", rules()
            .off()
        )
}

fn mistake_233_2() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%5Bid%5D", rules()
            .off()
        )
}

fn mistake_234_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_234_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%24id", rules()
            .off()
        )
}

fn mistake_235_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_235_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%%28id%29s", rules()
            .off()
        )
}

fn mistake_236_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .off()
        )
}

fn mistake_236_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x%28.%3Aformat%29", rules()
            .off()
        )
}

fn mistake_237_0() -> CorsBuilder {
    Cors::builder()
        .paths("/%28a%7Cb%29/**", rules()
            .off()
        )
}

fn mistake_238_0() -> CorsBuilder {
    Cors::builder()
        .paths("/%7Ba,b%7D/**", rules()
            .off()
        )
}

fn mistake_239_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_239_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/**", rules()
            .off()
        )
}

fn mistake_239_2() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%5Cd+", rules()
            .off()
        )
}

fn mistake_240_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_240_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/**", rules()
            .off()
        )
}

fn mistake_240_2() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%2E+", rules()
            .off()
        )
}

fn mistake_241_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x", rules()
            .off()
        )
}

fn mistake_242_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .off()
        )
}

fn mistake_242_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x%24", rules()
            .off()
        )
}

fn mistake_243_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/*", rules()
            .off()
        )
}

fn mistake_243_1() -> CorsBuilder {
    Cors::builder()
        .paths("/x/**", rules()
            .off()
        )
}

fn mistake_243_2() -> CorsBuilder {
    Cors::builder()
        .paths("/x/%5B0-9%5D+", rules()
            .off()
        )
}

fn mistake_245_0() -> CorsBuilder {
    Cors::builder()
        .paths("/!%28admin%29/**", rules()
            .off()
        )
}

fn mistake_246_0() -> CorsBuilder {
    Cors::builder()
        .paths("/x/v%3F", rules()
            .off()
        )
}

fn mistake_249_0() -> CorsBuilder {
    Cors::builder()
        .paths("/id:x", rules()
            .off()
        )
}

fn mistake_254_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.example.com"])
}

fn mistake_254_1() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_255_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.example.com"])
}

fn mistake_255_1() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https://pr-\d+\.example\.com")])
}

fn mistake_258_0() -> CorsBuilder {
    Cors::builder()
        .origins(["http://localhost:3000"])
}

fn mistake_259_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_260_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_261_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_262_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_263_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_264_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_265_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_266_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://example.com"])
}

fn mistake_267_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.example.com"])
}

fn mistake_268_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://*.example.com"])
}

fn mistake_271_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example.com"])
}

fn mistake_272_0() -> CorsBuilder {
    Cors::builder()
        .origins([regex(r"https:\/\/.*\.example\.com")])
}

fn mistake_273_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "POST"])
}

fn mistake_274_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "post"])
}

fn mistake_274_1() -> CorsBuilder {
    Cors::builder()
        .methods(["get", "POST"])
}

fn mistake_275_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "POST"])
}

fn mistake_276_0() -> CorsBuilder {
    Cors::builder()
        .methods(["GET", "UPDATE"])
}

fn mistake_277_0() -> CorsBuilder {
    Cors::builder()
        .methods_any()
}

fn mistake_278_0() -> CorsBuilder {
    Cors::builder()
        .headers(["content-type"])
}

fn mistake_279_0() -> CorsBuilder {
    Cors::builder()
        .headers(["content-type"])
}

fn mistake_280_0() -> CorsBuilder {
    Cors::builder()
        .headers(["authorization"])
}

fn mistake_281_0() -> CorsBuilder {
    Cors::builder()
        .headers(["credentials"])
}

fn mistake_283_0() -> CorsBuilder {
    Cors::builder()
        .headers_any()
}

fn mistake_285_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .origins(["https://app.example"])
}

fn mistake_286_0() -> CorsBuilder {
    Cors::builder()
        .credentials(true)
        .danger_allow_insecure_origins(true)
        .origins(["http://app.example.com"])
}

fn mistake_288_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_288_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_288_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_288_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_289_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90s")
}

fn mistake_289_1() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_289_2() -> CorsBuilder {
    Cors::builder()
        .max_age("2h")
}

fn mistake_289_3() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_290_0() -> CorsBuilder {
    Cors::builder()
        .max_age("90m")
}

fn mistake_291_0() -> CorsBuilder {
    Cors::builder()
        .max_age("1d")
}

fn mistake_293_0() -> CorsBuilder {
    Cors::builder()
        .max_age("10m")
}

fn mistake_295_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .origins_any()
        )
}

fn mistake_295_1() -> CorsBuilder {
    Cors::builder()
        .paths("/api/v%2A", rules()
            .origins_any()
        )
}

fn mistake_296_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**", rules()
            .origins_any()
        )
}

fn mistake_297_0() -> CorsBuilder {
    Cors::builder()
        .paths("/users/*", rules()
            .origins_any()
        )
}

fn mistake_297_1() -> CorsBuilder {
    Cors::builder()
        .paths("/users/%3Aid", rules()
            .origins_any()
        )
}

fn mistake_298_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/**", rules()
            .origins_any()
        )
}

fn mistake_299_0() -> CorsBuilder {
    Cors::builder()
        .paths("/v1/**", rules()
            .origins_any()
        )
}

fn mistake_300_0() -> CorsBuilder {
    Cors::builder()
        .paths("/api/users", rules()
            .origins_any()
        )
}

fn mistake_301_0() -> CorsBuilder {
    Cors::builder()
        .paths("/fonts/**", rules()
            .origins_any()
        )
}

fn mistake_301_1() -> CorsBuilder {
    Cors::builder()
        .paths("/search%3Fq=%2A", rules()
            .origins_any()
        )
}

fn mistake_305_0() -> CorsBuilder {
    Cors::builder()
        .origins([set("partners")])
        .set("partners", ["https://a.example"])
}

fn mistake_306_0() -> CorsBuilder {
    Cors::builder()
        .origins([set("partners")])
        .set("partners", ["https://a.example"])
}

fn mistake_307_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://a.example"])
}

fn mistake_308_0() -> CorsBuilder {
    Cors::builder()
        .origins(["https://app.example"])
        .private_network(true)
}

pub(super) const PASTED: &[Pasted] = &[
    ("mistake_0", "PUT", mistake_0_0),
    ("mistake_1", "DELETE", mistake_1_0),
    ("mistake_2", "PATCH", mistake_2_0),
    ("mistake_3", ".methods_any()", mistake_3_0),
    ("mistake_4", ".methods_any()", mistake_4_0),
    ("mistake_5", "PATCH", mistake_5_0),
    ("mistake_6", "PUT", mistake_6_0),
    ("mistake_7", "\"PUT\", \"PATCH\"", mistake_7_0),
    ("mistake_8", "PATCH", mistake_8_0),
    ("mistake_14", ".methods_any()", mistake_14_0),
    ("mistake_16", ".methods_any()", mistake_16_0),
    ("mistake_17", ".methods_any()", mistake_17_0),
    ("mistake_18", ".headers_any()", mistake_18_0),
    ("mistake_19", "x-request-id", mistake_19_0),
    ("mistake_20", "\"x\", \"b\"", mistake_20_0),
    ("mistake_21", "\"Content-Type\", \"Authorization\"", mistake_21_0),
    ("mistake_22", "x-b", mistake_22_0),
    ("mistake_23", "x-request-id", mistake_23_0),
    ("mistake_24", "credentials", mistake_24_0),
    ("mistake_36", ".headers_any()", mistake_36_0),
    ("mistake_37", ".headers_any()", mistake_37_0),
    ("mistake_38", ".expose_any()", mistake_38_0),
    ("mistake_39", "x-request-id", mistake_39_0),
    ("mistake_40", "\"x\", \"b\"", mistake_40_0),
    ("mistake_46", ".expose_any()", mistake_46_0),
    ("mistake_50", "PATCH", mistake_50_0),
    ("mistake_50", "PUT", mistake_50_1),
    ("mistake_51", ".origins([\"https://app.example\"])", mistake_51_0),
    ("mistake_52", ".danger_allow_insecure_origins(true)", mistake_52_0),
    ("mistake_53", ".danger_allow_insecure_origins(true)", mistake_53_0),
    ("mistake_54", ".danger_allow_insecure_origins(true)", mistake_54_0),
    ("mistake_55", ".danger_allow_insecure_origins(true)", mistake_55_0),
    ("mistake_56", ".danger_allow_public_suffixes(true)", mistake_56_0),
    ("mistake_57", ".danger_allow_public_suffixes(true)", mistake_57_0),
    ("mistake_58", ".danger_allow_public_suffixes(true)", mistake_58_0),
    ("mistake_59", ".danger_allow_public_suffixes(true)", mistake_59_0),
    ("mistake_61", ".origins([\"https://app.example\"])", mistake_61_0),
    ("mistake_62", ".danger_allow_public_suffixes(true)", mistake_62_0),
    ("mistake_66", ".danger_allow_public_suffixes(true)", mistake_66_0),
    ("mistake_67", ".danger_allow_public_suffixes(true)", mistake_67_0),
    ("mistake_68", ".danger_allow_public_suffixes(true)", mistake_68_0),
    ("mistake_69", ".origins([\"https://app.example\"])", mistake_69_0),
    ("mistake_70", ".danger_allow_insecure_origins(true)", mistake_70_0),
    ("mistake_71", ".origins([\"https://app.example\"])", mistake_71_0),
    ("mistake_72", ".origins([\"https://app.example\"])", mistake_72_0),
    ("mistake_73", ".origins([\"https://app.example\"])", mistake_73_0),
    ("mistake_74", ".danger_allow_insecure_origins(true)", mistake_74_0),
    ("mistake_75", ".credentials(false)", mistake_75_0),
    ("mistake_75", ".credentials(true)", mistake_75_1),
    ("mistake_76", ".credentials(false)", mistake_76_0),
    ("mistake_76", ".credentials(true)", mistake_76_1),
    ("mistake_77", ".credentials(false)", mistake_77_0),
    ("mistake_77", ".credentials(true)", mistake_77_1),
    ("mistake_78", ".credentials(false)", mistake_78_0),
    ("mistake_78", ".credentials(true)", mistake_78_1),
    ("mistake_79", ".origins([\"https://app.example\"])", mistake_79_0),
    ("mistake_80", ".origins([\"https://app.example\"])", mistake_80_0),
    ("mistake_81", ".origins([\"https://app.example\"])", mistake_81_0),
    ("mistake_82", ".origins([\"https://app.example\"])", mistake_82_0),
    ("mistake_83", ".headers([\"content-type\"])", mistake_83_0),
    ("mistake_84", ".methods([\"GET\", \"POST\"])", mistake_84_0),
    ("mistake_85", ".origins([\"https://app.example\"])", mistake_85_0),
    ("mistake_87", ".origins([\"https://app.example\"])", mistake_87_0),
    ("mistake_92", "https://app.example.com", mistake_92_0),
    ("mistake_93", ".origins_any()", mistake_93_0),
    ("mistake_95", "https://app.example.com", mistake_95_0),
    ("mistake_96", "http://localhost:3000", mistake_96_0),
    ("mistake_97", "https://*.example.com", mistake_97_0),
    ("mistake_98", "https://app.example.com", mistake_98_0),
    ("mistake_99", "\"https://a.example\", \"https://b.example\"", mistake_99_0),
    ("mistake_100", "\"https://a.example\", \"https://b.example\"", mistake_100_0),
    ("mistake_101", "https://app.example.com", mistake_101_0),
    ("mistake_102", "http://localhost:3000", mistake_102_0),
    ("mistake_103", "https://app.example.com", mistake_103_0),
    ("mistake_104", "https://app.example.com", mistake_104_0),
    ("mistake_105", "https://app.example.com", mistake_105_0),
    ("mistake_106", "https://app.example.com", mistake_106_0),
    ("mistake_107", "https://app.example.com", mistake_107_0),
    ("mistake_108", "https://app.example.com", mistake_108_0),
    ("mistake_109", "https://app.example.com", mistake_109_0),
    ("mistake_110", "https://app.example.com", mistake_110_0),
    ("mistake_111", "https://app.example.com", mistake_111_0),
    ("mistake_112", "http://app.example.com", mistake_112_0),
    ("mistake_115", "https://app.example.com:8443", mistake_115_0),
    ("mistake_116", "https://app.example.com", mistake_116_0),
    ("mistake_117", "https://xn--mnchen-3ya.example", mistake_117_0),
    ("mistake_118", "https://xn--zs9h.example", mistake_118_0),
    ("mistake_120", "https://app.example.com", mistake_120_0),
    ("mistake_121", "https://app.example.com", mistake_121_0),
    ("mistake_122", "https://app.example.com", mistake_122_0),
    ("mistake_123", "https://example.com", mistake_123_0),
    ("mistake_124", "https://a.example.com", mistake_124_0),
    ("mistake_125", "https://app.example.com", mistake_125_0),
    ("mistake_126", "https://app.example.com", mistake_126_0),
    ("mistake_127", "https://app.example.com", mistake_127_0),
    ("mistake_128", "https://app.example.com", mistake_128_0),
    ("mistake_129", "https://app.example.com", mistake_129_0),
    ("mistake_130", "https://*.example.com", mistake_130_0),
    ("mistake_130", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_130_1),
    ("mistake_131", "https://*.example.com", mistake_131_0),
    ("mistake_131", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_131_1),
    ("mistake_132", "https://*.example.com", mistake_132_0),
    ("mistake_132", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_132_1),
    ("mistake_133", "https://*.app.example.com", mistake_133_0),
    ("mistake_134", "https://*.example.com", mistake_134_0),
    ("mistake_134", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_134_1),
    ("mistake_135", "https://*.example.com", mistake_135_0),
    ("mistake_135", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_135_1),
    ("mistake_136", "https://app.example.com", mistake_136_0),
    ("mistake_137", "https://*.example.com", mistake_137_0),
    ("mistake_138", "https://*.example.com", mistake_138_0),
    ("mistake_139", "https://*.example.com", mistake_139_0),
    ("mistake_139", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_139_1),
    ("mistake_140", "https://192.0.2.1", mistake_140_0),
    ("mistake_141", "http://127.0.0.1:3000", mistake_141_0),
    ("mistake_143", "https://127.0.0.1", mistake_143_0),
    ("mistake_144", "http://127.0.0.1", mistake_144_0),
    ("mistake_145", "https://192.0.2.1", mistake_145_0),
    ("mistake_146", "https://[2001:db8::1]", mistake_146_0),
    ("mistake_147", "https://[2001:db8::1]", mistake_147_0),
    ("mistake_153", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_153_0),
    ("mistake_154", "r\"(?i)https:\\/\\/.*\\.example\\.com\"", mistake_154_0),
    ("mistake_155", "r\"https://app\\.example\\.com\"", mistake_155_0),
    ("mistake_156", "r\"https://app\\.example\\.com\"", mistake_156_0),
    ("mistake_157", "r\"https://app\\.example\\.com\"", mistake_157_0),
    ("mistake_158", "r\"https://a\\.example\"", mistake_158_0),
    ("mistake_159", "r\"http://a\\.example\"", mistake_159_0),
    ("mistake_160", "r\"https://[a-z]+\\.example\\.com\"", mistake_160_0),
    ("mistake_162", "r\"https://.*\\.example\\.com\"", mistake_162_0),
    ("mistake_163", "r\"http://[a-z]+\\.example\\.com\"", mistake_163_0),
    ("mistake_164", "r\"https://a\\.example\"", mistake_164_0),
    ("mistake_165", "r\"https://.*\\.example\\.com\"", mistake_165_0),
    ("mistake_166", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_166_0),
    ("mistake_167", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_167_0),
    ("mistake_168", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_168_0),
    ("mistake_169", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_169_0),
    ("mistake_170", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_170_0),
    ("mistake_171", "https://a.example", mistake_171_0),
    ("mistake_172", "http://localhost:3000", mistake_172_0),
    ("mistake_173", "https://*.example.com", mistake_173_0),
    ("mistake_174", "https://a.example", mistake_174_0),
    ("mistake_175", "https://a.example", mistake_175_0),
    ("mistake_176", "http://a.example", mistake_176_0),
    ("mistake_177", "https://a.example", mistake_177_0),
    ("mistake_178", "http://a.example", mistake_178_0),
    ("mistake_179", "https://a.example", mistake_179_0),
    ("mistake_180", "r\"https://[a-z]+\\.example\\.com(:\\d+)?\"", mistake_180_0),
    ("mistake_182", ".origins_any()", mistake_182_0),
    ("mistake_183", "https://app.example.com", mistake_183_0),
    ("mistake_184", ".origins([\"https://a.example\", \"https://b.example\"])", mistake_184_0),
    ("mistake_185", "https://app.example.com", mistake_185_0),
    ("mistake_185", ".origins_any()", mistake_185_1),
    ("mistake_185", "http://localhost", mistake_185_2),
    ("mistake_186", "https://partner.example", mistake_186_0),
    ("mistake_187", "https://partner.example", mistake_187_0),
    ("mistake_188", "https://open.example", mistake_188_0),
    ("mistake_189", "https://a.example", mistake_189_0),
    ("mistake_190", "https://b.example", mistake_190_0),
    ("mistake_191", "partners", mistake_191_0),
    ("mistake_192", "https://app.example.com", mistake_192_0),
    ("mistake_193", "https://app.example.com", mistake_193_0),
    ("mistake_194", "600", mistake_194_0),
    ("mistake_194", "\"10m\"", mistake_194_1),
    ("mistake_195", "\"90s\"", mistake_195_0),
    ("mistake_195", "\"10m\"", mistake_195_1),
    ("mistake_195", "\"2h\"", mistake_195_2),
    ("mistake_195", "\"1d\"", mistake_195_3),
    ("mistake_196", "\"90s\"", mistake_196_0),
    ("mistake_196", "\"10m\"", mistake_196_1),
    ("mistake_196", "\"2h\"", mistake_196_2),
    ("mistake_196", "\"1d\"", mistake_196_3),
    ("mistake_197", "\"90s\"", mistake_197_0),
    ("mistake_197", "\"10m\"", mistake_197_1),
    ("mistake_197", "\"2h\"", mistake_197_2),
    ("mistake_197", "\"1d\"", mistake_197_3),
    ("mistake_198", "\"1d\"", mistake_198_0),
    ("mistake_200", "\"90s\"", mistake_200_0),
    ("mistake_200", "\"10m\"", mistake_200_1),
    ("mistake_200", "\"2h\"", mistake_200_2),
    ("mistake_200", "\"1d\"", mistake_200_3),
    ("mistake_201", "\"90s\"", mistake_201_0),
    ("mistake_201", "\"10m\"", mistake_201_1),
    ("mistake_201", "\"2h\"", mistake_201_2),
    ("mistake_201", "\"1d\"", mistake_201_3),
    ("mistake_202", "\"1d\"", mistake_202_0),
    ("mistake_203", "\"1d\"", mistake_203_0),
    ("mistake_204", "\"1d\"", mistake_204_0),
    ("mistake_205", "\"1d\"", mistake_205_0),
    ("mistake_215", "open", mistake_215_0),
    ("mistake_217", "/api/**", mistake_217_0),
    ("mistake_218", "/**", mistake_218_0),
    ("mistake_218", "/", mistake_218_1),
    ("mistake_219", "/a b/**", mistake_219_0),
    ("mistake_220", "/internal", mistake_220_0),
    ("mistake_223", "/api/*/admin", mistake_223_0),
    ("mistake_224", "/fonts/**", mistake_224_0),
    ("mistake_224", "/api/v%2A/admin", mistake_224_1),
    ("mistake_225", "/api/**", mistake_225_0),
    ("mistake_226", "/fonts/**", mistake_226_0),
    ("mistake_226", "/api/x%2A%2A", mistake_226_1),
    ("mistake_227", "/api", mistake_227_0),
    ("mistake_228", "/api%3Fx=1", mistake_228_0),
    ("mistake_229", "/api%23x", mistake_229_0),
    ("mistake_230", "/x/*", mistake_230_0),
    ("mistake_230", "/x/%3Aid", mistake_230_1),
    ("mistake_231", "/x/*", mistake_231_0),
    ("mistake_231", "/x/%3Aid%3F", mistake_231_1),
    ("mistake_232", "/x/*", mistake_232_0),
    ("mistake_232", "/x/%3Cint%3Aid%3E", mistake_232_1),
    ("mistake_233", "/x/*", mistake_233_0),
    ("mistake_233", "/x/**", mistake_233_1),
    ("mistake_233", "/x/%5Bid%5D", mistake_233_2),
    ("mistake_234", "/x/*", mistake_234_0),
    ("mistake_234", "/x/%24id", mistake_234_1),
    ("mistake_235", "/x/*", mistake_235_0),
    ("mistake_235", "/x/%%28id%29s", mistake_235_1),
    ("mistake_236", "/fonts/**", mistake_236_0),
    ("mistake_236", "/x%28.%3Aformat%29", mistake_236_1),
    ("mistake_237", "/%28a%7Cb%29/**", mistake_237_0),
    ("mistake_238", "/%7Ba,b%7D/**", mistake_238_0),
    ("mistake_239", "/x/*", mistake_239_0),
    ("mistake_239", "/x/**", mistake_239_1),
    ("mistake_239", "/x/%5Cd+", mistake_239_2),
    ("mistake_240", "/x/*", mistake_240_0),
    ("mistake_240", "/x/**", mistake_240_1),
    ("mistake_240", "/x/%2E+", mistake_240_2),
    ("mistake_241", "/x", mistake_241_0),
    ("mistake_242", "/fonts/**", mistake_242_0),
    ("mistake_242", "/x%24", mistake_242_1),
    ("mistake_243", "/x/*", mistake_243_0),
    ("mistake_243", "/x/**", mistake_243_1),
    ("mistake_243", "/x/%5B0-9%5D+", mistake_243_2),
    ("mistake_245", "/!%28admin%29/**", mistake_245_0),
    ("mistake_246", "/x/v%3F", mistake_246_0),
    ("mistake_249", "/id:x", mistake_249_0),
    ("mistake_254", "https://*.example.com", mistake_254_0),
    ("mistake_254", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_254_1),
    ("mistake_255", "https://*.example.com", mistake_255_0),
    ("mistake_255", "regex(r\"https://pr-\\d+\\.example\\.com\")", mistake_255_1),
    ("mistake_258", "http://localhost:3000", mistake_258_0),
    ("mistake_259", "https://app.example.com", mistake_259_0),
    ("mistake_260", "https://app.example.com", mistake_260_0),
    ("mistake_261", "https://app.example.com", mistake_261_0),
    ("mistake_262", "https://app.example.com", mistake_262_0),
    ("mistake_263", "https://app.example.com", mistake_263_0),
    ("mistake_264", ".origins([\"https://app.example.com\"])", mistake_264_0),
    ("mistake_265", "https://app.example.com", mistake_265_0),
    ("mistake_266", "https://example.com", mistake_266_0),
    ("mistake_267", "https://*.example.com", mistake_267_0),
    ("mistake_268", "https://*.example.com", mistake_268_0),
    ("mistake_271", "https://app.example.com", mistake_271_0),
    ("mistake_272", "regex(r\"https:\\/\\/.*\\.example\\.com\")", mistake_272_0),
    ("mistake_273", ".methods([\"GET\", \"POST\"])", mistake_273_0),
    ("mistake_274", "GET", mistake_274_0),
    ("mistake_274", "POST", mistake_274_1),
    ("mistake_275", ".methods([\"GET\", \"POST\"])", mistake_275_0),
    ("mistake_276", "UPDATE", mistake_276_0),
    ("mistake_277", ".methods_any()", mistake_277_0),
    ("mistake_278", "content-type", mistake_278_0),
    ("mistake_279", "content-type", mistake_279_0),
    ("mistake_280", "authorization", mistake_280_0),
    ("mistake_281", "credentials", mistake_281_0),
    ("mistake_283", ".headers_any()", mistake_283_0),
    ("mistake_285", ".origins([\"https://app.example\"])", mistake_285_0),
    ("mistake_286", ".danger_allow_insecure_origins(true)", mistake_286_0),
    ("mistake_288", "\"90s\"", mistake_288_0),
    ("mistake_288", "\"10m\"", mistake_288_1),
    ("mistake_288", "\"2h\"", mistake_288_2),
    ("mistake_288", "\"1d\"", mistake_288_3),
    ("mistake_289", "\"90s\"", mistake_289_0),
    ("mistake_289", "\"10m\"", mistake_289_1),
    ("mistake_289", "\"2h\"", mistake_289_2),
    ("mistake_289", "\"1d\"", mistake_289_3),
    ("mistake_290", "\"90m\"", mistake_290_0),
    ("mistake_291", "\"1d\"", mistake_291_0),
    ("mistake_293", "\"10m\"", mistake_293_0),
    ("mistake_295", "/fonts/**", mistake_295_0),
    ("mistake_295", "/api/v%2A", mistake_295_1),
    ("mistake_296", "/api/**", mistake_296_0),
    ("mistake_297", "/users/*", mistake_297_0),
    ("mistake_297", "/users/%3Aid", mistake_297_1),
    ("mistake_298", "/api/**", mistake_298_0),
    ("mistake_299", "/v1/**", mistake_299_0),
    ("mistake_300", "/api/users", mistake_300_0),
    ("mistake_301", "/fonts/**", mistake_301_0),
    ("mistake_301", "/search%3Fq=%2A", mistake_301_1),
    ("mistake_305", "set(\"partners\")", mistake_305_0),
    ("mistake_306", "partners", mistake_306_0),
    ("mistake_307", ".origins([\"https://a.example\"])", mistake_307_0),
    ("mistake_308", ".origins([\"https://app.example\"])", mistake_308_0),
];
