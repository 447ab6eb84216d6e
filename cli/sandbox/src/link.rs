//! Links, addresses and routes over rtnetlink, in the network namespace of the calling thread.
//!
//! A [`Links`] is bound to the namespace its thread was in when it was opened.

use crate::error::{Failure, Named, Result};
use futures::TryStreamExt;
use rtnetlink::packet_route::link::LinkAttribute;
use rtnetlink::{Handle, LinkBridge, LinkUnspec, LinkVeth, RouteMessageBuilder};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, BorrowedFd};
use tokio::task::JoinSet;

/// A netlink connection and the task that drives it.
#[derive(Debug)]
pub(crate) struct Links {
    handle: Handle,
    _driver: JoinSet<()>,
}

impl Links {
    /// Connects within the namespace of the calling thread.
    ///
    /// # Errors
    /// When the kernel gives no netlink socket.
    pub(crate) fn open() -> Result<Self> {
        let (connection, handle, _) =
            rtnetlink::new_connection().named(|| "cannot open a netlink socket".to_owned())?;
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        Ok(Self {
            handle,
            _driver: driver,
        })
    }

    /// The index of the link called `name`.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) async fn index(&self, name: &str) -> Result<u32> {
        let mut found = self.handle.link().get().match_name(name.to_owned()).execute();
        let link = found
            .try_next()
            .await
            .named(|| format!("cannot find the link `{name}`"))?;
        link.map(|link| link.header.index)
            .ok_or_else(|| Failure::new(format!("there is no link `{name}`")))
    }

    /// Brings a link up.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn up(&self, name: &str) -> Result<()> {
        let index = self.index(name).await?;
        let message = LinkUnspec::new_with_index(index).up().build();
        self.handle
            .link()
            .set(message)
            .execute()
            .await
            .named(|| format!("cannot bring `{name}` up"))
    }

    /// Makes a bridge and brings it up.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn add_bridge(&self, name: &str) -> Result<()> {
        let message = LinkBridge::new(name).up().build();
        self.handle
            .link()
            .add(message)
            .execute()
            .await
            .named(|| format!("cannot make the bridge `{name}`"))
    }

    /// Makes a pair of connected links.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn add_pair(&self, name: &str, peer: &str) -> Result<()> {
        let message = LinkVeth::new(name, peer).build();
        self.handle
            .link()
            .add(message)
            .execute()
            .await
            .named(|| format!("cannot make the link pair `{name}`"))
    }

    /// Removes a link (and its peer); a missing one is fine.
    pub(crate) async fn remove(&self, name: &str) {
        if let Ok(index) = self.index(name).await {
            drop(self.handle.link().del(index).execute().await);
        }
    }

    /// Makes `name` a port of the bridge.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn attach(&self, name: &str, bridge: &str) -> Result<()> {
        let (index, bridge) = (self.index(name).await?, self.index(bridge).await?);
        let message = LinkUnspec::new_with_index(index).controller(bridge).up().build();
        self.handle
            .link()
            .set(message)
            .execute()
            .await
            .named(|| format!("cannot attach `{name}` to the bridge"))
    }

    /// Moves a link into another namespace.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn move_to(&self, name: &str, namespace: BorrowedFd<'_>) -> Result<()> {
        let index = self.index(name).await?;
        let message = LinkUnspec::new_with_index(index)
            .setns_by_fd(namespace.as_raw_fd())
            .build();
        self.handle
            .link()
            .set(message)
            .execute()
            .await
            .named(|| format!("cannot move `{name}` to its namespace"))
    }

    /// Renames a link that is down.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn rename(&self, name: &str, to: &str) -> Result<()> {
        let index = self.index(name).await?;
        let message = LinkUnspec::new_with_index(index).name(to.to_owned()).build();
        self.handle
            .link()
            .set(message)
            .execute()
            .await
            .named(|| format!("cannot rename `{name}` to `{to}`"))
    }

    /// Gives a link an address.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn add_address(&self, name: &str, address: Ipv4Addr, prefix: u8) -> Result<()> {
        let index = self.index(name).await?;
        let request = self.handle.address().add(index, address.into(), prefix);
        request
            .execute()
            .await
            .named(|| format!("cannot give `{name}` the address {address}"))
    }

    /// Routes `to`/`prefix` over the gateway `via`.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn route_via(&self, to: Ipv4Addr, prefix: u8, via: Ipv4Addr) -> Result<()> {
        let message = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(to, prefix)
            .gateway(via)
            .build();
        self.handle
            .route()
            .add(message)
            .replace()
            .execute()
            .await
            .named(|| format!("cannot route {to}/{prefix} via {via}"))
    }

    /// Routes `to`/`prefix` straight out of a link.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub(crate) async fn route_link(&self, to: Ipv4Addr, prefix: u8, link: &str) -> Result<()> {
        let index = self.index(link).await?;
        let message = RouteMessageBuilder::<Ipv4Addr>::new()
            .destination_prefix(to, prefix)
            .output_interface(index)
            .scope(rtnetlink::packet_route::route::RouteScope::Link)
            .build();
        self.handle
            .route()
            .add(message)
            .replace()
            .execute()
            .await
            .named(|| format!("cannot route {to}/{prefix} to `{link}`"))
    }

    /// The hardware address of a link, as CNI prints it.
    ///
    /// # Errors
    /// When the link is gone.
    pub(crate) async fn mac(&self, name: &str) -> Result<String> {
        let mut found = self.handle.link().get().match_name(name.to_owned()).execute();
        let link = found
            .try_next()
            .await
            .named(|| format!("cannot read the link `{name}`"))?;
        let bytes = link
            .into_iter()
            .flat_map(|link| link.attributes)
            .find_map(|attribute| match attribute {
                LinkAttribute::Address(bytes) => Some(bytes),
                _ => None,
            });
        Ok(bytes
            .unwrap_or_default()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .join(":"))
    }
}
