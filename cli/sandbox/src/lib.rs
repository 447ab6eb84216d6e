//! A mesh on one machine: nodes as namespaces, pods as processes, little controllers.
