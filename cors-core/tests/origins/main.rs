//! Origins, regular expressions and requested headers, by tables and by laws for random input.

mod origin_grammar;
mod origin_laws;
mod regex_laws;
mod regex_proof;
mod regex_slips;
mod requested_headers;
