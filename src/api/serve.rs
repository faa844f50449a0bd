use serde::Deserialize;
/// x
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ServeConfig {}
/// x
pub struct ServeReport {}
/// x
pub fn serve() {}
