use crate::canonical::Kind;
use crate::canonical::OrgCode;
use crate::pipeline::Pipeline;
use crate::pipeline::faults::HELD_BY_OTHERS;
use crate::pipeline::hold::told_reason;
use crate::pipeline::make::Loaded;
use crate::pipeline::make::together;
use crate::privacy::HOLDS;
use crate::store::Delivery;
use crate::store::DeliveryState;
use crate::store::Link;
use crate::store::MessageView;
use crate::store::StoreError;
use uuid::Uuid;

impl Pipeline {
    /// A message of one sender with its deliveries, as that sender may see them: why a kandidaat holds a delivery back
    /// is told as in the answer to a push. `None` when absent or another organisation's.
    pub async fn follow(
        &self,
        sender: &OrgCode,
        id: Uuid,
    ) -> Result<Option<MessageView>, StoreError> {
        let Some(mut view) = self.parts.store.message(sender, id).await? else {
            return Ok(None);
        };
        self.tell_reasons(sender, &mut view.deliveries).await?;
        Ok(Some(view))
    }

    async fn tell_reasons(
        &self,
        sender: &OrgCode,
        deliveries: &mut [Delivery],
    ) -> Result<(), StoreError> {
        let held: Vec<Delivery> = deliveries
            .iter()
            .filter(|delivery| hold_of(delivery).is_some())
            .cloned()
            .collect();
        if held.is_empty() {
            return Ok(());
        }
        let loaded = match self.load_for(&held).await {
            // of what cannot be read nobody can say whose word it is
            Err(StoreError::Corrupt(_)) => Loaded::new(),
            other => other?,
        };
        let kandidaten: Vec<Uuid> = loaded
            .iter()
            .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
            .map(|(id, _)| *id)
            .collect();
        let links = self.parts.store.links(&kandidaten).await?;
        for delivery in deliveries {
            if let Some(reason) = hold_of(delivery) {
                let told = heard(reason, delivery, &loaded, &links, sender);
                delivery.reason = Some(told.to_owned());
            }
        }
        Ok(())
    }
}

/// The reason of a delivery that is withheld because of a kandidaat.
fn hold_of(delivery: &Delivery) -> Option<&'static str> {
    let reason = delivery.reason.as_deref()?;
    HOLDS
        .into_iter()
        .map(|(_, of)| of)
        .find(|of| *of == reason && delivery.state == DeliveryState::Withheld)
}

/// The reason as its sender may hear it: of a delivery about several people, when it may hear it of each.
fn heard(
    reason: &'static str,
    delivery: &Delivery,
    loaded: &Loaded,
    links: &[Link],
    sender: &OrgCode,
) -> &'static str {
    let mut told = delivery
        .records
        .iter()
        .flat_map(|main| together(*main, loaded))
        .filter(|(_, entry)| entry.kind == Kind::Kandidaat)
        .map(|(id, entry)| {
            let own: Vec<Link> = links
                .iter()
                .filter(|link| link.kandidaat == id)
                .cloned()
                .collect();
            told_reason(reason, &entry.record, &own, sender)
        })
        .peekable();
    if told.peek().is_some() && told.all(|one| one == reason) {
        reason
    } else {
        HELD_BY_OTHERS
    }
}
