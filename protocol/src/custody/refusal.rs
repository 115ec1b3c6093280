//! Why a person's order about custody is not carried out.

/// A precondition that does not hold, with the article that asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The node knows no custody chain of the dossier.
    #[error("the dossier is unknown here")]
    Unknown,
    /// The unit does not keep the dossier in this epoch.
    #[error("the unit does not keep the dossier")]
    NotCustodian,
    /// No decision of a state body stands behind it.
    #[error("no decision document is named")]
    NoDecision,
    /// The receiving unit does not exist today.
    #[error("the receiving unit is not active")]
    InactiveUnit,
    /// The receiving unit keeps no dossiers.
    #[error("the receiving unit keeps no dossiers")]
    NotHolder,
    /// Sender and receiver are one.
    #[error("the dossier is there already")]
    SameUnit,
    /// The receiver belongs to another body: the road of Điều 10.2 is to be taken.
    #[error("the receiving unit belongs to another body")]
    OtherBody,
    /// The road between bodies is proposed where both units belong to one.
    #[error("both units belong to one body")]
    OneBody,
    /// The body with recruiting authority has to send it out of its body.
    #[error("only the body with recruiting authority sends out of its own body")]
    NotRecruiting,
    /// Between bodies the receiving body receives first and forwards then.
    #[error("the receiving body has to receive the dossier first")]
    NotReceived,
    /// What is forwarded rests on the document of its case.
    #[error("the document is not the one the dossier was sent by")]
    OtherDocument,
    /// The dossier has no change yet that another node could hold.
    #[error("the dossier is a draft")]
    Draft,
    /// Another transfer of it is open, or it is frozen for one.
    #[error("the dossier is moving")]
    Moving,
    /// The node's store went back in time and has not heard of its superior since (R9).
    #[error("the node is recovering")]
    Recovering,
    /// Two valid records exist for one epoch (R12).
    #[error("the custody chain is forked")]
    Forked,
    /// The content that the epoch before ended with is not here yet (R7).
    #[error("the content has not arrived")]
    Incomplete,
    /// More ends than a custody record names.
    #[error("the dossier has too many heads")]
    TooManyHeads,
    /// No such transfer waits for this act.
    #[error("no such transfer waits for this")]
    NoTransfer,
    /// It was answered before.
    #[error("the transfer was answered before")]
    Answered,
    /// Two different officers of the body have to order it.
    #[error("two different officers have to order it")]
    Officers,
    /// The registrar alone takes a dossier over.
    #[error("only the registrar takes a dossier over")]
    NotRegistrar,
    /// The dossier was sent out of the province.
    #[error("the dossier was sent out of the province")]
    Outside,
    /// The dossier was not sent out of the province, or came back.
    #[error("the dossier is not outside the province")]
    NotOutside,
    /// Whom it is to go to outside is not said as the law asks.
    #[error("the receiver outside is not named as it must be")]
    Addressee,
    /// The other side may still take it in.
    #[error("the deadline of the other side is not over")]
    NotOverdue,
    /// The unit that keeps the dossier ended: its successor is to work on it.
    #[error("the unit has ended")]
    UnitEnded,
    /// A reorganisation takes nothing from a unit that exists.
    #[error("the unit has not ended")]
    UnitLives,
}

impl Refusal {
    /// Stable code, for those who put it into words.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unknown => "custody-unknown",
            Self::NotCustodian => "custody-not-custodian",
            Self::NoDecision => "custody-no-decision",
            Self::InactiveUnit => "custody-inactive-unit",
            Self::NotHolder => "custody-not-holder",
            Self::SameUnit => "custody-same-unit",
            Self::OtherBody => "custody-other-body",
            Self::OneBody => "custody-one-body",
            Self::NotRecruiting => "custody-not-recruiting",
            Self::NotReceived => "custody-not-received",
            Self::OtherDocument => "custody-other-document",
            Self::Draft => "custody-draft",
            Self::Moving => "custody-moving",
            Self::Recovering => "custody-recovering",
            Self::Forked => "custody-forked",
            Self::Incomplete => "custody-incomplete",
            Self::TooManyHeads => "custody-too-many-heads",
            Self::NoTransfer => "custody-no-transfer",
            Self::Answered => "custody-answered",
            Self::Officers => "custody-officers",
            Self::NotRegistrar => "custody-not-registrar",
            Self::Outside => "custody-outside",
            Self::NotOutside => "custody-not-outside",
            Self::Addressee => "custody-addressee",
            Self::NotOverdue => "custody-not-overdue",
            Self::UnitEnded => "custody-unit-ended",
            Self::UnitLives => "custody-unit-lives",
        }
    }

    /// The article of the regulation that asks for it, or the rule of this protocol.
    pub fn article(self) -> &'static str {
        match self {
            Self::NoDecision | Self::OtherBody | Self::SameUnit => "Điều 10.1",
            Self::OneBody | Self::NotRecruiting | Self::NotReceived | Self::OtherDocument => {
                "Điều 10.2"
            }
            Self::NotCustodian | Self::Unknown | Self::Moving | Self::NoTransfer => "Điều 10",
            Self::InactiveUnit | Self::NotHolder | Self::UnitEnded | Self::UnitLives => "Điều 3",
            Self::Draft => "Điều 9.1",
            Self::Outside | Self::NotOutside | Self::Addressee | Self::NotOverdue => "Điều 10.3",
            Self::Officers | Self::NotRegistrar => "Điều 14",
            Self::Recovering => "R9",
            Self::Forked => "R12",
            Self::Incomplete => "R7",
            Self::Answered => "R1",
            Self::TooManyHeads => "R5",
        }
    }
}
