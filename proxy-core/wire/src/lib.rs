//! What the processes of the mesh say to each other: wire types, names and identities.
