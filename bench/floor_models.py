"""What the floor answers and takes, as pydantic models. Names are the API's own."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel

Time = str
Id = str


class Email(BaseModel):
    id: Id | None = None
    type: str
    email: str
    verified: bool = False


class Phone(BaseModel):
    id: Id | None = None
    type: str
    phone: str
    verified: bool = False


class Named(BaseModel):
    """An external id, or a place."""

    id: Id | None = None
    externalId: str | None = None
    type: str | None = None
    cityName: str | None = None
    countryCode: str | None = None
    verified: bool = False


class Sentiment(BaseModel):
    polarity: int | None = None
    confidence: float | None = None


class Counts(BaseModel):
    all: int = 0
    snoozed: int = 0
    open: int = 0
    done: int = 0


class Brief(BaseModel):
    """The last conversation or message of a customer."""

    id: Id | None = None
    sentAt: Time | None = None
    createdAt: Time | None = None
    channel: str | None = None
    channels: list[str] = []
    sentiment: Sentiment | None = None
    tags: list[Id] = []


class Preview(BaseModel):
    previewAt: Time
    type: str
    text: str | None = None
    subject: str | None = None
    channel: str


class Stamped(BaseModel):
    """What all records have."""

    createdAt: Time
    updatedAt: Time
    modifiedAt: Time
    rev: int = 1
    name: str
    tags: list[Id] = []
    custom: dict[str, Any] = {}
    lastMessageIn: Brief = Brief()


class CustomerAttributes(Stamped):
    emails: list[Email] = []
    sharedEmails: list[Email] = []
    phones: list[Phone] = []
    sharedPhones: list[Phone] = []
    whatsapps: list[Phone] = []
    externalIds: list[Named] = []
    locations: list[Named] = []
    urls: list[str] = []
    activeUsers: list[Id] = []
    watchers: list[Id] = []
    recentItems: list[Any] = []
    verified: bool = False
    presence: str
    progressiveStatus: str | None = None
    conversationCounts: Counts
    lastConversation: Brief = Brief()
    lastMessageOut: Brief = Brief()
    lastMessageUnrespondedTo: Brief = Brief()
    externalId: str | None = None
    locale: str | None = None
    timeZone: str | None = None
    defaultLang: str | None = None
    signedUpAt: Time | None = None
    displayName: str
    displayColor: str
    displayIcon: str
    firstName: str | None = None
    lastName: str | None = None
    lastActivityAt: Time | None = None
    lastMessageAt: Time | None = None
    lastCustomerActivityAt: Time | None = None
    preview: Preview | None = None


class Opened(BaseModel):
    statusAt: Time


class ConversationAttributes(Stamped):
    status: str
    open: Opened
    priority: int
    channels: list[str] = []
    messageCount: int = 0
    noteCount: int = 0
    outboundMessageCount: int = 0
    satisfaction: int = 0
    suggestedTags: list[Id] = []
    sentiment: Sentiment = Sentiment()
    assignedUsers: list[Id] = []
    assignedTeams: list[Id] = []
    direction: str = "in"


class Reference(BaseModel):
    type: str
    id: Id


class Relation(BaseModel):
    data: Reference | None = None
    links: dict[str, str]


class Resource(BaseModel):
    type: str
    id: Id
    relationships: dict[str, Relation]
    links: dict[str, str]


class Customer(Resource):
    attributes: CustomerAttributes


class Conversation(Resource):
    attributes: ConversationAttributes


Data = TypeVar("Data")


class Document(BaseModel, Generic[Data]):
    data: Data


class NewConversation(BaseModel):
    customer: Id
    name: str
    priority: int = 3
    tags: list[Id] = []
