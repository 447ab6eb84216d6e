//! The node proxy: captures, routes, authorizes, tunnels, counts.
