//! The node agent and CNI plugin: decide which pods are captured and put the rules.
