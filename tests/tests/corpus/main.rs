//! The corpus, and the seeds of the fuzz targets: cases that are data. An executable of its own,
//! so that one can run the data alone.

mod cases;
mod schema;
mod seeds;
mod wpt;
