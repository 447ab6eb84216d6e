//! The control plane: folds Kubernetes objects into the mesh, serves it, signs identities.
